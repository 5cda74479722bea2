/** As golem-retry does, which a fixture cannot import. */
function retryPolicy({ retries }: { retries: number }): { retries: number } {
  if (retries < 0) throw new RangeError(`retryPolicy: retries is ${retries}; allowed: a whole number`);
  return { retries };
}

const policy = retryPolicy({ retries: -1 });

export const api = { run: () => `${policy.retries}` };
