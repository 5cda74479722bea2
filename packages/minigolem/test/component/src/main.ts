import {
  awaitPromise,
  createPromise,
  markBeginOperation,
  markEndOperation,
  setRetryPolicy,
} from "golem:api/host@1.1.0";

let calls = 0;

async function ask(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} said ${response.status}`);
  return text;
}

async function askEach(urls: string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const url of urls) answers.push(await ask(url));
  return answers;
}

export const api = {
  async askAll(urls: string[], waitMs: number) {
    const delay = BigInt(waitMs) * 1_000_000n;
    setRetryPolicy({ maxAttempts: 5, minDelay: delay, maxDelay: delay, multiplier: 1 });
    const begin = markBeginOperation();
    const answers = await askEach(urls);
    markEndOperation(begin);
    return answers;
  },
  askEach,
  async atOnce(urls: string[], size: number, limitMs: number) {
    const asked = urls.map(async (url) => {
      try {
        const response = await fetch(url, {
          ...(size > 0 ? { method: "POST", body: new Uint8Array(size).fill(120) } : {}),
          ...(limitMs > 0 ? { signal: AbortSignal.timeout(limitMs) } : {}),
        });
        const text = await response.text();
        return `${response.status} ${text.length}`;
      } catch (error) {
        return (error as Error).name;
      }
    });
    return Promise.all(asked);
  },
  askUnread: async (url: string) => (await fetch(url)).status, // golem-lint-allow unread-body: what comes of it is what is tested
  promised: () => awaitPromise(createPromise()),
  async pause(ms: number) {
    const start = Date.now();
    await new Promise((done) => setTimeout(done, ms));
    return Date.now() - start;
  },
  count: () => ++calls,
  echo: (numbers: BigUint64Array, text?: string) => [numbers, text],
  compute(rounds: number) {
    let sum = 0;
    for (let i = 0; i < rounds; i++) sum += i % 2;
    return sum * 2 - (rounds % 2 === 0 ? 0 : -1);
  },
  fail(text: string) {
    throw text; // of a result: its err
  },
};
