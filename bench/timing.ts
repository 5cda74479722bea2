/** Milliseconds that something takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** The median of several runs, one after the other. */
export async function median(count: number, run: (i: number) => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await run(i));
  return middle(all);
}

/** The median of some numbers. */
export const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] as number;
