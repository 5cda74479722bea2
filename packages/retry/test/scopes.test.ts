import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Golem, startGolem } from "./golem.js";

let golem: Golem;
beforeAll(async () => {
  golem = await startGolem();
});
afterEach(() => golem.clear());
afterAll(() => golem?.close());

const policy = JSON.stringify({ retries: 2, minDelay: "50ms", maxDelay: "50ms", multiplier: 1 });
const overridden = { retries: 2, minDelay: 5e7, maxDelay: 5e7, multiplier: 1, jitter: 0 };
const own = { retries: 3, minDelay: 1e8, maxDelay: 1e9, multiplier: 3 };

type Worker = ReturnType<Golem["worker"]>;

const errors = async (worker: Worker) => (await worker.oplog()).filter((entry) => entry.type === "Error").length;

describe("an override", () => {
  test("is in force in its body, and the old policy after it", async () => {
    const worker = golem.worker();
    expect((await worker.invoke("override", worker.url, policy, "success")).value?.policy).toEqual(overridden);
    expect((await worker.invoke("get-policy")).value?.policy).toMatchObject(own);
  });

  test("decides about the failure of its body: retries + 1 executions", async () => {
    const worker = golem.worker();
    worker.replies([503]);
    expect(await worker.invoke("override", worker.url, policy, "success")).toHaveProperty("error");
    expect(await errors(worker)).toBe(3);
    expect(worker.requests()).toHaveLength(1); // the answer is on record: replayed, not asked for again
  });

  test('has no say once restore: "always" put the old one back', async () => {
    const worker = golem.worker();
    worker.replies([503]);
    expect(await worker.invoke("override", worker.url, policy, "always")).toHaveProperty("error");
    expect(await errors(worker)).toBe(4);
  });

  test.each([
    ["success", overridden],
    ["always", own],
  ] as const)("left by an error that is caught, with restore: %s", async (restore, expected) => {
    const worker = golem.worker();
    worker.replies([503]);
    const { value } = await worker.invoke("override-caught", worker.url, policy, restore);
    expect(value).toMatchObject({ value: "caught upstream said 503", policy: expected });
  });

  test("nested: the outer one decides after the inner one is restored", async () => {
    const worker = golem.worker();
    worker.replies([503]);
    expect(await worker.invoke("override-nested", worker.url, policy)).toHaveProperty("error");
    expect(await errors(worker)).toBe(3);
  });

  test("overlapping: each ends without disturbing the other", async () => {
    const { value } = await golem.worker().invoke("override-overlapping", policy);
    expect(value).toMatchObject({ value: 99, policy: own });
  });

  test("set for good outlives its call, and is replayed", async () => {
    const worker = golem.worker();
    await worker.invoke("set-policy", policy);
    await worker.crash();
    expect((await worker.invoke("get-policy")).value?.policy).toEqual(overridden);
  });
});

interface Scope {
  retries: number;
  restore: "success" | "always";
  pause: number;
  inner: Scope[];
  end: "succeeds" | "fails" | "fails, and is caught";
}

const { scope: anyScope } = fc.letrec<{ scope: Scope; inner: Scope[] }>((tie) => ({
  scope: fc.record({
    retries: fc.integer({ min: 10, max: 99 }),
    restore: fc.constantFrom<Scope["restore"][]>("success", "success", "always"),
    pause: fc.constantFrom(0, 0, 5),
    inner: tie("inner"),
    end: fc.constantFrom<Scope["end"][]>("succeeds", "succeeds", "fails", "fails, and is caught"),
  }),
  inner: fc.oneof({ maxDepth: 3 }, fc.constant<Scope[]>([]), fc.array(tie("scope"), { minLength: 1, maxLength: 3 })),
}));

/** What should be in force when; the state is what is in force. @returns whether the error leaves */
function model({ retries, restore, inner, end }: Scope, state: { now: number }, seen: number[]): boolean {
  const before = state.now;
  state.now = retries;
  seen.push(state.now);
  const cutShort = inner.some((each) => model(each, state, seen));
  if (!cutShort) seen.push(state.now);
  const fails = cutShort || end !== "succeeds";
  if (!fails || restore === "always") state.now = before;
  if (fails && end !== "fails, and is caught") return true;
  seen.push(state.now);
  return false;
}

test("in scopes within scopes each override is in force to its failure, and until it has succeeded", async () => {
  const worker = golem.worker();
  await worker.invoke("set-policy", policy);
  await fc.assert(
    fc.asyncProperty(anyScope, async (scope) => {
      await worker.invoke("set-policy", policy);
      const seen: number[] = [];
      const state = { now: 2 };
      model(scope, state, seen);
      const { value } = await worker.invoke("scopes", JSON.stringify(scope));
      expect(value?.value).toEqual(seen);
      expect(value?.policy.retries).toBe(state.now);
    }),
    { numRuns: 40 },
  );
});

describe("an atomic region", () => {
  test("is executed again as a whole until it succeeds", async () => {
    const worker = golem.worker();
    worker.replies([503, 503], "/b");
    const { value } = await worker.invoke("atomic", worker.url);
    expect(value?.value).toEqual([{ text: "answer 3" }, { text: "answer 3" }]);
    expect(worker.requests().map(({ path }) => path.slice(-2))).toEqual(["/a", "/b", "/a", "/b", "/a", "/b"]);
  });

  test("is not executed again once it is closed", async () => {
    const worker = golem.worker();
    await worker.invoke("count");
    await worker.invoke("atomic", worker.url);
    await worker.crash();
    expect((await worker.invoke("count")).value).toBe(2);
    expect(worker.requests()).toHaveLength(2);
  });
});
