const count: number = "three";

export const api = { run: () => `${count}` };
