interface Seeded {
  seed: number;
}

const random = () => Math.random();
const make = (): Seeded => ({ seed: random() });

const seeded = make();

export const api = { run: () => `${seeded.seed}` };
