import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Deployed, type Engine, interfaces } from "./engine.ts";
import { attachMessages, brief, guestMessage, significant, waits } from "./oplog.ts";
import type { Call, Recording, WorkerAtEnd } from "./recording.ts";
import { type Answer, Rest } from "./rest.ts";
import type { CallOptions, ComponentName, Scenario, Stage } from "./scenario.ts";
import { Names } from "./tidy.ts";
import { type Seen, summary, Upstream } from "./upstream.ts";

export interface GroupedScenario extends Scenario {
  group: string;
}

/** The component that a scenario calls. */
export const componentOf = ({ component = "probe" }: Scenario): ComponentName => component;

/**
 * Runs one scenario on an engine, and writes down what happened.
 * @param requests how many are waited for: one that nobody waits for may arrive after the worker has failed
 */
export async function record(scenario: GroupedScenario, engine: Engine, requests: number): Promise<Recording> {
  const component = engine.components[componentOf(scenario)];
  if (!component) throw new Error(`${scenario.name}: ${componentOf(scenario)} is not on ${engine.url}`);
  const names = new Names(engine.names);
  const tidy = <T>(value: T): T => names.tidy(value);
  const t0 = Date.now();
  const limit = scenario.limit ?? 30_000;
  const calls: Call[] = [];
  const notes: Record<string, unknown> = {};
  const rest = new Rest({ url: engine.url, t0, deadline: t0 + limit, tidy, calls });
  const upstreams = upstreamOf(scenario, engine, names);
  const stage = setStage(scenario, engine, component, { rest, tidy, names, calls, notes, upstreams, end: t0 + limit });

  // A worker that does its work again for ever cannot be stopped: its upstream has to give in.
  const giveIn = setTimeout(() => {
    notes["gave in"] = Date.now() - t0;
    upstreams.release();
  }, limit * 0.75);
  let failure: string | undefined;
  try {
    await scenario.run(stage);
  } catch (error) {
    failure = (error as Error).message;
  }
  stage.flow();
  clearTimeout(giveIn);
  const elapsed = Date.now() - t0;
  const timedOut = calls.some((call) => call.failed === "timeout" && call.t + (call.ms ?? 0) >= limit - 100);
  upstreams.release();

  // Where minigolem is compared up to a fault of the recorded server, how its worker ends is not.
  const hung = engine.hazards && scenario.fault ? 0 : 5000;
  const end = scenario.own === false ? nothing : await lookAround(stage, scenario, timedOut ? hung : patience, t0);
  for (const until = Date.now() + 2000; Date.now() < until && stage.requests() < requests; ) await sleep(20);
  await sleep(50); // one too many would come now
  await upstreams.close();
  const entries = attachMessages(end.entries);
  const { noisy, loose, unordered } = scenario;
  return {
    group: scenario.group,
    name: scenario.name,
    component: scenario.component ?? "probe",
    ...(noisy && { noisy }),
    ...(loose && { loose }),
    ...(unordered && { unordered }),
    failure,
    timedOut,
    elapsed,
    calls,
    notes,
    upstream: summary(upstreams.requests(), t0, tidy),
    worker: end.worker,
    errors: entries.filter((entry) => entry.type === "Error").length,
    waits: waits(entries),
    significant: significant(entries),
    oplogError: end.oplogError,
    oplog: entries,
  };
}

interface Circumstances {
  rest: Rest;
  tidy: <T>(value: T) => T;
  names: Names;
  calls: Call[];
  notes: Record<string, unknown>;
  upstreams: ReturnType<typeof upstreamOf>;
  /** When it has to be over, ms since 1970. */
  end: number;
}

function setStage(
  scenario: GroupedScenario,
  engine: Engine,
  component: Deployed,
  { rest, tidy, names, calls, notes, upstreams, end }: Circumstances,
): Stage {
  const worker = upstreams.key;
  let componentId = component.id;
  let held = scenario.time === "held" ? engine.time : undefined;
  held?.hold();
  const at = (suffix: string) => `/v1/components/${componentId}/workers/${worker}${suffix}`;
  const fn = (name: string) => `probe:scenarios-exports/${interfaces[componentOf(scenario)]}.{${name}}`;
  const call = (route: string, name: string, params: unknown[], options: CallOptions) => {
    const { key = randomUUID(), label = name, limit } = options;
    return rest.request("POST", at(`/${route}?function=${encodeURIComponent(fn(name))}`), {
      label,
      limit,
      body: { params: params.map((value) => ({ value })) },
      headers: key === null ? {} : { "idempotency-key": key },
    });
  };
  /** In held time: waits for so many entries of a type. */
  const recorded = async (type: string, n: number) => {
    const count = async () =>
      (await rest.oplog(componentId, worker)).entries.filter(({ entry }) => entry.type === type).length;
    while (held && (await count()) < n && Date.now() < end) await sleep(20);
  };
  const stage: Stage = {
    rest,
    tidy,
    calls,
    run: engine.run,
    key: worker,
    worker,
    base: engine.upstream.base,
    wasm: component.wasm,
    componentName: component.name,
    get componentId() {
      return componentId;
    },
    sleep: async (ms) => (held ? held.advance(ms) : void (await sleep(ms))),
    fn,
    path: upstreams.path,
    use(id) {
      names.id(id, `{${scenario.name}}`);
      componentId = id;
    },
    note(name, value) {
      notes[name] = value;
    },
    release: upstreams.release,
    requests: () => upstreams.requests().length,
    async requested(n) {
      while (stage.requests() < n && Date.now() < end) await sleep(20);
    },
    jumped: (n) => recorded("Jump", n),
    async failures(n, ms) {
      for (let i = 1; i <= n; i++) {
        await recorded("Error", i);
        await stage.sleep(ms);
      }
    },
    async queued(n) {
      const count = async () =>
        (await rest.request("GET", at(""), { record: false })).answer?.pendingInvocationCount as number;
      while (held && (await count()) < n && Date.now() < end) await sleep(20);
    },
    flow() {
      held?.release();
      held = undefined;
    },
    async atRest() {
      await atRest(stage, end);
    },
    onWorker: (method, suffix, how) => rest.request(method, at(suffix), how),
    async invoke(name, params = [], options = {}) {
      const made = await call("invoke-and-await", name, params, options);
      if (options.key === undefined) delete made.call.idempotencyKey;
      const value = made.answer?.result?.value;
      if (value !== undefined) {
        made.call.value = tidy(value);
        made.call.type = tidy(made.answer.result.typ);
        delete made.call.answer;
      } else {
        const message = guestMessage(JSON.stringify(made.answer ?? ""));
        if (message) made.call.guest = message;
      }
      return made;
    },
    invokeAsync: (name, params = [], options = {}) =>
      call("invoke", name, params, { label: `${name} (async)`, ...options }),
    create: (args = [], env = {}, label = "create") =>
      rest.request("POST", `/v1/components/${componentId}/workers`, { label, body: { name: worker, args, env } }),
    meta: (label = "metadata") => rest.request("GET", at(""), { label }),
    async until(test, ms, label) {
      const start = Date.now();
      let last: { status?: string; retryCount?: number } = {};
      while (Date.now() - start < ms && Date.now() < end) {
        const { ok, answer } = await rest.request("GET", at(""), { label, record: false });
        if (ok) last = answer;
        if (ok && test(answer)) break;
        await sleep(50);
      }
      notes[label] = { status: last.status ?? null, retryCount: last.retryCount ?? null, ms: Date.now() - start };
    },
    lateUpstream: upstreams.late,
  };
  return stage;
}

/** The upstream as one scenario sees it, and those that it starts for itself. */
function upstreamOf(scenario: GroupedScenario, engine: Engine, names: Names) {
  const key = `${scenario.name}-${engine.run}`;
  const keys = new Set([key]);
  const all = [engine.upstream];
  return {
    key,
    path(kind: string, argument: number, suffix = "") {
      const own = suffix ? `${key}-${suffix}` : key;
      keys.add(own);
      return `${kind}/${own}/${argument}`;
    },
    release() {
      for (const each of keys) engine.upstream.release(each);
    },
    requests: (): Seen[] => [...keys].flatMap((each) => all.flatMap((u) => u.of(each))).sort((a, b) => a.at - b.at),
    async late() {
      const first = await new Upstream().listen();
      const { base, port } = first;
      await first.close();
      names.add(base, "{late}");
      const late = new Upstream();
      all.push(late);
      return { base, start: () => late.listen(port) };
    },
    async close() {
      for (const late of all.slice(1)) if (late.listening) await late.close();
    },
  };
}

interface AtEnd {
  worker: WorkerAtEnd | null;
  entries: ReturnType<typeof brief>[];
  oplogError?: string;
}

/** Milliseconds within which a worker comes to rest, on a machine that has other things to do. */
const patience = 10_000;

/** The worker's metadata, once nothing runs or is about to run. Gives up at a time, in ms since 1970. */
async function atRest({ rest, componentId, worker }: Stage, until: number): Promise<Answer> {
  for (;;) {
    const found = await rest.request("GET", `/v1/components/${componentId}/workers/${worker}`, { record: false });
    if (!["Running", "Retrying"].includes(found.answer?.status) || Date.now() >= until) return found;
    await sleep(60);
  }
}

const nothing: AtEnd = { worker: null, entries: [] };

/** Worker and oplog, once it has come to rest. */
async function lookAround(stage: Stage, scenario: Scenario, wait: number, t0: number): Promise<AtEnd> {
  const { rest, tidy } = stage;
  rest.deadline = Date.now() + patience + 8000;
  let worker: WorkerAtEnd | null = null;
  if (!scenario.gone) {
    const { status, answer } = await atRest(stage, Date.now() + wait);
    worker = answer?.status ? atEnd(answer, tidy) : { http: status };
  }
  const { entries, error } = await rest.oplog(stage.componentId, stage.worker);
  return { worker, entries: entries.map((entry) => brief(entry, t0, tidy)), oplogError: error };
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of a worker's metadata
function atEnd(metadata: any, tidy: <T>(value: T) => T): WorkerAtEnd {
  const { status, retryCount, pendingInvocationCount, componentVersion, lastError } = metadata;
  return {
    status,
    retryCount,
    pendingInvocationCount,
    componentVersion,
    lastError: lastError ? (guestMessage(lastError) ?? tidy(String(lastError).slice(0, 300))) : false,
  };
}
