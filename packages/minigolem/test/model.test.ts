import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEngine, type Engine } from "../dist/engine.js";
import { Regions } from "../src/oplog/regions.js";
import { buildSteps } from "./wat/build.js";

/**
 * A worker does what a small model of it does, whatever is done to it in whatever order. The component counts its calls in memory:
 * each answer tells whether one was lost, or made twice, since the worker was made.
 */

const folder = mkdtempSync(join(tmpdir(), "minigolem-model-"));
/** `MODEL_RUNS=3000 npx vitest run test/model.test.ts` looks for what a short run misses, each time somewhere else. */
const wanted = process.env.MODEL_RUNS;
const runs = (share: number) => ({
  numRuns: Math.ceil(Number(wanted ?? 60) * share),
  ...(wanted === undefined && { seed: 1, endOnFailure: true }),
});

let engine: Engine;
let id: string;
let workers = 0;

const start = async () => {
  engine = await createEngine({ dataDir: join(folder, "data"), cacheDir: join(folder, "cache"), time: "virtual" });
};
beforeAll(async () => {
  await start();
  const wasm = await buildSteps();
  id = (await engine.components.create({ name: "steps", wasm })).id;
  for (let version = 1; version <= 2; version++) await engine.components.update(id, wasm);
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

/** A call that was answered: its result, and where the oplog ended then. */
interface Answered {
  key: string;
  result: number;
  end: number;
}

/** What is known of a worker. */
class Model {
  readonly name = `w${++workers}`;
  answered: Answered[] = [];
  keys = 0;
  failed = false;
  get count(): number {
    return this.answered.length;
  }
}

type Name = "count" | "pause" | "wait" | "step" | "spin" | "fail";

async function call(model: Model, name: Name, key = `${++model.keys}`): Promise<number> {
  const request = name === "pause" ? [{ typ: { type: "U64" }, value: 20_000_000_000n }] : [];
  const functionName = `test:wat/steps.{${name}}`;
  const done = engine.workers.invoke(id, model.name, { functionName, request, idempotencyKey: key });
  return Number((await done).response?.value);
}
const last = ({ name }: Model) => engine.workers.oplog(id, name, 1, 0).last;
const entries = ({ name }: Model) => engine.workers.oplog(id, name, 1, Number.MAX_SAFE_INTEGER).entries;
const exists = (model: Model) => last(model) > 0;

/** Where its open promise is, as soon as it waits for that. */
async function promise(model: Model): Promise<number> {
  for (;;) {
    const index = entries(model).findLastIndex(({ type }) => type === "NoOp") + 1;
    if (index > 0 && engine.workers.metadata(id, model.name).status === "Suspended") return index;
    await new Promise((done) => setTimeout(done, 1));
  }
}

/** In a search, nothing takes this long: it would never end. Otherwise the test has a limit. */
async function soon<T>(what: Promise<T>, name: string): Promise<T> {
  if (wanted === undefined) return what;
  let limit: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, failed) => {
    limit = setTimeout(() => failed(new Error(`${name} does not come to an end`)), 60_000);
  });
  try {
    return await Promise.race([what, never]);
  } finally {
    clearTimeout(limit);
  }
}

interface Command {
  name: string;
  /** Does something, and what it comes to is as the model says. */
  run(model: Model): Promise<void>;
}

const counted = (name: Name): Command => ({
  name,
  async run(model) {
    if (model.failed) return void (await expect(call(model, name)).rejects.toThrow("PreviousInvocationFailed"));
    const made = call(model, name);
    const key = `${model.keys}`;
    if (name === "wait") engine.workers.complete(id, model.name, await promise(model), new Uint8Array());
    expect(await made).toBe(model.count + 1);
    model.answered.push({ key, result: model.count + 1, end: last(model) });
  },
});

const ifExists = (name: string, run: (model: Model) => Promise<void> | void): Command => ({
  name,
  run: async (model) => void (exists(model) && (await run(model))),
});

/** While the worker waits for a promise. */
const whileWaiting = (name: string, act: (model: Model) => Promise<unknown> | unknown): Command => ({
  name: `${name} while it waits`,
  async run(model) {
    if (model.failed) return;
    const made = call(model, "wait").catch((error: Error) => error.message);
    const key = `${model.keys}`;
    const index = await promise(model);
    await act(model);
    engine.workers.complete(id, model.name, index, new Uint8Array());
    const first = name === "kill" ? "lost" : await made;
    if (typeof first === "string") expect(first).toMatch(/lost|Interrupted/);
    const result = typeof first === "number" ? first : await call(model, "wait", key);
    expect(result).toBe(model.count + 1);
    model.answered.push({ key, result, end: last(model) });
  },
});

const interrupt = (kind: "interrupt" | "restart") => (model: Model) => engine.workers.interrupt(id, model.name, kind);
const update = (version: number) => (model: Model) => engine.workers.update(id, model.name, version);
async function crash(): Promise<void> {
  await engine.close();
  await start();
}

const commands: Command[] = [
  counted("count"),
  counted("pause"),
  counted("wait"),
  counted("step"),
  {
    name: "again",
    async run(model) {
      const known = model.answered[Math.floor(model.count / 2)];
      if (known) expect(await call(model, "count", known.key)).toBe(known.result);
    },
  },
  {
    name: "fail",
    async run(model) {
      await expect(call(model, "fail")).rejects.toThrow(model.failed ? "PreviousInvocationFailed" : "unreachable");
      model.failed = true;
    },
  },
  ifExists("restart", interrupt("restart")),
  ifExists("interrupt", interrupt("interrupt")),
  ifExists("resume", (model) => {
    const resume = () => engine.workers.resume(id, model.name);
    if (model.failed) return expect(resume).toThrow("PreviousInvocationFailed");
    try {
      resume();
    } catch (error) {
      expect((error as Error).message).toMatch(/not suspended, interrupted or idle/); // an update is tried, or it restarts
    }
  }),
  ifExists("revert", async (model) => {
    const keep = Math.floor(model.count / 2);
    await engine.workers.revert(id, model.name, { lastOplogIndex: model.answered[keep - 1]?.end ?? 1 });
    model.answered.length = keep;
    model.failed = false;
  }),
  ifExists("update", (model) => (model.failed ? undefined : update(1 + (model.keys % 2))(model))),
  ifExists("delete", async (model) => {
    await engine.workers.delete(id, model.name);
    model.answered = [];
    model.failed = false;
  }),
  whileWaiting("restart", interrupt("restart")),
  whileWaiting("interrupt", interrupt("interrupt")),
  whileWaiting("update", update(2)),
  whileWaiting("updates", (model) => Promise.all([update(1)(model), update(2)(model)])),
];

const sequence = (...more: Command[]) =>
  fc.array(
    fc.constantFrom(...commands, ...more).map((command) => Object.assign(command, { toString: () => command.name })),
    {
      maxLength: 12,
    },
  );

test("a component that computes without an end is ended by an interrupt, with its thread", async () => {
  const model = new Model();
  expect(await call(model, "count")).toBe(1);
  const spins = call(model, "spin", "spin");
  engine.workers.interrupt(id, model.name, "interrupt");
  await expect(spins).rejects.toThrow("Interrupted");
  expect(engine.workers.metadata(id, model.name).status).toBe("Interrupted");
  await engine.workers.delete(id, model.name);
  expect(await call(model, "count")).toBe(1);
});

test("one thing after the other", async () => {
  await fc.assert(
    fc.asyncProperty(sequence(), async (all) => {
      const model = new Model();
      for (const command of [...all, commands[0] as Command]) await soon(command.run(model), command.name);
    }),
    runs(1),
  );
}, 600_000);

test("with the process killed in between", async () => {
  const killed = { name: "kill", run: crash };
  await fc.assert(
    fc.asyncProperty(sequence(killed, whileWaiting("kill", crash)), async (all) => {
      const model = new Model();
      for (const command of [...all, commands[0] as Command]) await soon(command.run(model), command.name);
    }),
    runs(0.1),
  );
}, 600_000);

/** Calls that count for something: they are on record, and no revert has taken them back. */
function onRecord(model: Model): number {
  const log = entries(model);
  const skipped = Regions.of(log);
  return log.filter((entry, i) => entry.type === "ExportedFunctionCompleted" && !skipped.has(i + 1)).length;
}

const atOnce: Record<string, (model: Model) => Promise<unknown> | unknown> = {
  count: (model) => call(model, "count"),
  pause: (model) => call(model, "pause"),
  step: (model) => call(model, "step"),
  "count with the same key": (model) => call(model, "count", "same"),
  restart: interrupt("restart"),
  interrupt: interrupt("interrupt"),
  resume: (model) => engine.workers.resume(id, model.name),
  revert: (model) => engine.workers.revert(id, model.name, { lastOplogIndex: 1 }),
  update: update(1),
  "another update": update(2),
  delete: (model) => engine.workers.delete(id, model.name),
};

test("two or three things at once: each comes to an end, and the worker is what its record says", async () => {
  const some = fc.array(fc.constantFrom(...Object.keys(atOnce)), { minLength: 2, maxLength: 3 });
  const delays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(some, delays), { maxLength: 6 }), async (all) => {
      const model = new Model();
      for (const [names, waits] of all) {
        if (!exists(model)) await call(model, "count");
        const settled = Promise.allSettled(
          names.map(async (name, i) => {
            for (let turn = waits[i] ?? 0; turn > 0; turn--) await new Promise((done) => setImmediate(done));
            return atOnce[name]?.(model);
          }),
        );
        // Calls that were queued when it was interrupted wait for somebody to resume it.
        const resuming = setInterval(() => {
          if (exists(model) && engine.workers.metadata(id, model.name).status === "Interrupted")
            engine.workers.resume(id, model.name);
        }, 5);
        await soon(settled, names.join(", "));
        clearInterval(resuming);
      }
      // Nothing is under way once two more calls are answered; then it must come to the same from its record alone.
      await soon(call(model, "count"), "count");
      const result = await soon(call(model, "count"), "count");
      expect(result).toBe(onRecord(model));
      engine.workers.interrupt(id, model.name, "restart");
      expect(await soon(call(model, "count"), "count")).toBe(result + 1);
    }),
    runs(0.5),
  );
}, 600_000);

test("a worker that has failed stays failed when its promise is completed once more", async () => {
  const model = new Model();
  const made = call(model, "wait");
  const index = await promise(model);
  engine.workers.complete(id, model.name, index, new Uint8Array());
  expect(await made).toBe(1);
  await expect(call(model, "fail")).rejects.toThrow();
  const before = entries(model).length;
  expect(engine.workers.complete(id, model.name, index, new Uint8Array())).toBe(false);
  expect(engine.workers.metadata(id, model.name).status).toBe("Failed");
  await engine.close(); // whatever had begun is over then
  await start();
  expect(entries(model).length).toBe(before);
  await expect(call(model, "count")).rejects.toThrow("PreviousInvocationFailed");
});
