interface Seeded {
  seed: number;
}

const seeded: Seeded = { seed: Math.random() };

export const api = { run: () => `${seeded.seed}` };
