import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEngine, type Engine, type EngineOptions } from "../dist/engine.js";

const wasm = new Uint8Array(readFileSync(fileURLToPath(new URL("component/dist/component.wasm", import.meta.url))));

const cacheDir = mkdtempSync(join(tmpdir(), "minigolem-recovery-cache-"));
afterAll(() => rmSync(cacheDir, { recursive: true }));

let folder: string;
let engine: Engine;
let id: string;
let base: string;
const seen: string[] = [];
const upstream = createServer((request, response) => {
  seen.push(request.url as string);
  const again = seen.filter((url) => url === request.url).length > 1;
  if (request.url === "/reset" || (request.url === "/later" && !again)) request.socket.destroy();
  else if (request.url !== "/never") response.end("answer");
});

const start = async (options: Partial<EngineOptions> = {}) => {
  engine = await createEngine({ dataDir: folder, cacheDir, time: "real", ...options });
};
/** The engine stops where it is, and starts again from what is on record. */
async function crash(options: Partial<EngineOptions> = {}): Promise<void> {
  await engine.close();
  await start(options);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-recovery-"));
  seen.length = 0;
  if (!upstream.listening) await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  await start();
  id = (await engine.components.create({ name: "survivor", wasm })).id;
});
afterEach(async () => {
  await engine.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

let keys = 0;
const call = async (name: string, values: unknown[] = [], idempotencyKey = `key ${++keys}`) => {
  const request = values.map((value) => ({ typ: null, value }));
  const functionName = `test:survivor-exports/api.{${name}}`;
  return (await engine.workers.invoke(id, "w", { functionName, request, idempotencyKey })).response?.value;
};
const types = () => engine.workers.oplog(id, "w", 1, 10_000).entries.map(({ type }) => type);
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 10));
}
const status = () => engine.workers.metadata(id, "w").status;

describe("a call of which only the invocation is on record", () => {
  async function crashInside(options: Partial<EngineOptions> = {}) {
    await call("count");
    call("compute", [3_000_000], "computed").catch(() => {});
    await until(() => types().filter((type) => type === "ExportedFunctionInvoked").length === 2);
    await crash(options);
    expect(await call("compute", [3_000_000], "computed")).toBe(3_000_000);
    await crash(options);
  }

  test("is on record once, and the worker is as good as before", async () => {
    await crashInside();
    expect(await call("count")).toBe(2);
    expect(types().filter((type) => type === "ExportedFunctionInvoked")).toHaveLength(3);
  });

  test("is on record twice with Golem's faults, and the next recovery fails", async () => {
    await crashInside({ faults: true });
    await expect(call("count")).rejects.toThrow("Unexpected oplog entry");
  });
});

test("a call that finds its worker loaded and idle leaves no PendingWorkerInvocation", async () => {
  await call("count");
  expect(types().filter((type) => type === "PendingWorkerInvocation")).toHaveLength(1); // the worker had to be loaded
  const before = types().length;
  await call("count");
  const more = types().slice(before);
  expect([more[0], more.at(-1)]).toEqual(["ExportedFunctionInvoked", "ExportedFunctionCompleted"]);
  expect(more).not.toContain("PendingWorkerInvocation");
});

test("an idle worker that is restarted recovers at once, whether its instance is in memory or not", async () => {
  await crash({ maxThreads: 1 });
  const other = { functionName: "test:survivor-exports/api.{count}", request: [], idempotencyKey: "other" };
  expect(await call("at-once", [[`${base}/reset`], 0, 0])).toEqual(["TypeError"]); // asked for again in each recovery
  await engine.workers.invoke(id, "other", other); // takes the only thread
  engine.workers.interrupt(id, "w", "restart");
  await until(() => seen.length === 2 && status() === "Idle");
  expect(await call("count")).toBe(1);
  expect(seen).toHaveLength(3);
});

test("workers that wait long for their retry hold no thread", async () => {
  const hour = 3_600_000_000_000n;
  await crash({ maxThreads: 1, defaultPolicy: { maxAttempts: 3, minDelay: hour, maxDelay: hour, multiplier: 1 } });
  const functionName = "test:survivor-exports/api.{ask-each}";
  const request = [{ typ: null, value: [`${base}/reset`] }];
  for (const name of ["a", "b", "c", "d", "e"]) {
    engine.workers.invoke(id, name, { functionName, request, idempotencyKey: name }).catch(() => {});
    await until(() => engine.workers.metadata(id, name).status === "Retrying");
  }
  expect(await call("count")).toBe(1);
});

test("a call that runs is made again when a recovery rewrites the history before it", async () => {
  expect(await call("at-once", [[`${base}/later`], 0, 0], "first")).toEqual(["TypeError"]);
  const running = call("pause", [300]);
  await until(() => types().filter((type) => type === "ExportedFunctionInvoked").length === 2);
  engine.workers.interrupt(id, "w", "restart");
  expect(await running).toBeGreaterThanOrEqual(299);
  expect(seen).toEqual(["/later", "/later"]);
  expect(await call("at-once", [], "first")).toEqual(["200 6"]); // the first call's answer is the rewritten one
});

test("the wait of a Retrying worker is kept to its end after a start", async () => {
  await crash({ time: "virtual" });
  engine.time?.hold();
  const wait = 600_000;
  call("ask-all", [["http://127.0.0.1:1/"], wait]).catch(() => {});
  await until(() => status() === "Retrying");
  await crash({ time: "virtual" }); // time is not held: it jumps to the end of the wait
  const failures = () => engine.workers.oplog(id, "w", 1, 10_000).entries.filter(({ type }) => type === "Error");
  await until(() => failures().length >= 2);
  const [first, second] = failures().map(({ at }) => at) as [number, number];
  expect(second - first).toBeGreaterThanOrEqual(wait);
});

test("virtual time does not go back with a start on the same folder", async () => {
  const day = 86_400_000;
  await crash({ time: "virtual" });
  await call("pause", [3 * day]);
  await engine.time?.advance(day);
  const before = engine.time?.now() as number;
  expect(before).toBeGreaterThanOrEqual(Date.now() + 3 * day);
  await crash({ time: "virtual" });
  expect(engine.time?.now()).toBeGreaterThanOrEqual(before);
});

test("a call that was reverted is made again, although its key had an answer", async () => {
  expect(await call("count", [], "stays")).toBe(1);
  const { last } = engine.workers.oplog(id, "w", 1, 1);
  expect(await call("count", [], "reverted")).toBe(2);
  await engine.workers.revert(id, "w", { lastOplogIndex: last });
  expect(await call("count", [], "other")).toBe(2);
  expect(await call("count", [], "reverted")).toBe(3);
  expect(await call("count", [], "stays")).toBe(1);
});

test.each(["interrupted", "suspended", "queued", "found after a start"])(
  "a call that was reverted while it was %s is never made",
  async (how) => {
    expect(await call("count", [], "stays")).toBe(1);
    const { last } = engine.workers.oplog(id, "w", 1, 1);
    const answers = [call("pause", [60_000], "reverted").catch((error) => String(error))];
    await until(() => status() === "Suspended");
    if (how === "queued") answers.push(call("count", [], "queued").catch((error) => String(error)));
    if (how === "interrupted") {
      engine.workers.interrupt(id, "w", "interrupt");
      await until(() => status() === "Interrupted");
    }
    if (how === "found after a start") await crash();
    await engine.workers.revert(id, "w", { lastOplogIndex: last });
    expect(engine.workers.metadata(id, "w")).toMatchObject({ status: "Idle", pendingInvocationCount: 0 });
    const told = how === "interrupted" ? "Interrupted" : "reverted to before this call";
    if (how !== "found after a start") for (const answer of answers) expect(await answer).toContain(told);
    await crash();
    expect(await call("count")).toBe(2);
    expect(
      types()
        .slice(last)
        .filter((type) => type === "ExportedFunctionInvoked"),
    ).toHaveLength(2); // one is dropped
  },
);

describe("updates", () => {
  const soon = <T>(what: Promise<T>) =>
    Promise.race([what, new Promise<string>((done) => setTimeout(done, 20_000, "no answer").unref())]);

  beforeEach(async () => {
    for (let version = 1; version <= 3; version++) await engine.components.update(id, wasm);
  });

  test("that overlap on a running worker are tried one after the other and lose no call", async () => {
    expect(await call("count")).toBe(1);
    const waits = call("pause", [300], "waits");
    await until(() => types().filter((type) => type === "ExportedFunctionInvoked").length === 2);
    const calls = [waits];
    for (let version = 1; version <= 3; version++) {
      void engine.workers.update(id, "w", version);
      calls.push(call("count"));
      await new Promise((done) => setTimeout(done, version * 5));
    }
    expect(await soon(Promise.all(calls))).toEqual([expect.any(Number), 2, 3, 4]);
    await until(() => engine.workers.metadata(id, "w").componentVersion === 3);
    expect(engine.workers.metadata(id, "w").updates.map(({ type }) => type)).toEqual(Array(3).fill("successfulUpdate"));
    expect(await soon(call("count"))).toBe(5);
  });

  test("reverts and deletions that overlap all finish, and so do the calls", async () => {
    for (let round = 0; round < 5; round++) {
      await call("count", [], `first ${round}`);
      const last = engine.workers.oplog(id, "w", 1, 1).last;
      const asks = call("ask-each", [[`${base}/never`]], `never ${round}`).catch((error) => (error as Error).message);
      await until(() => seen.length > round);
      const all = await soon(
        Promise.allSettled([
          engine.workers.revert(id, "w", { lastOplogIndex: last }),
          engine.workers.update(id, "w", 1),
          engine.workers.revert(id, "w", { lastOplogIndex: last }),
          engine.workers.update(id, "w", 2),
          call("count"),
          new Promise((done) => setTimeout(done, round * 3)).then(() => engine.workers.delete(id, "w")),
          engine.workers.delete(id, "w"),
          asks,
        ]),
      );
      expect(all).toHaveLength(8);
      expect(await soon(call("count", [], `after ${round}`))).toBe(1); // of a new worker
      await engine.workers.delete(id, "w");
    }
  });

  test("that a crash interrupts are made after the start", async () => {
    await call("count");
    const waits = call("pause", [1000], "waits").catch(() => {});
    await until(() => types().filter((type) => type === "ExportedFunctionInvoked").length === 2);
    void engine.workers.update(id, "w", 2);
    await until(() => types().includes("PendingUpdate"));
    await crash();
    expect(await Promise.race([waits, call("count")])).toBe(2);
    expect(engine.workers.metadata(id, "w")).toMatchObject({
      componentVersion: 2,
      updates: [{ type: "successfulUpdate", targetVersion: 2 }],
    });
  });

  test("of a worker that waits for its retry are tried at once; with Golem's faults it stays Retrying", async () => {
    for (const faults of [false, true]) {
      await crash({ faults });
      call("ask-all", [["http://127.0.0.1:1/"], 600_000]).catch(() => {});
      await until(() => status() === "Retrying");
      await engine.workers.update(id, "w", 1);
      if (faults) {
        await new Promise((done) => setTimeout(done, 200));
        expect(status()).toBe("Retrying");
        expect(engine.workers.metadata(id, "w").updates).toMatchObject([{ type: "pendingUpdate" }]);
      } else await until(() => engine.workers.metadata(id, "w").updates.some(({ type }) => type === "failedUpdate"));
      await engine.workers.delete(id, "w");
    }
  });
});
