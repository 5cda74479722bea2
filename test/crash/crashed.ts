/** Thrown through the code of a worker that has crashed, so that nothing in it runs on. */
export class Crash extends Error {
  override name = "Crash";
  constructor() {
    super("it has crashed, as the test wants it");
  }
}

/** Runs code of a worker that may crash in it. */
export function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}
