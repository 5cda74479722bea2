import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startMinigolem, type VirtualTime } from "minigolem";

/** What a request at the upstream is answered with, or what is done instead of an answer. */
export type Reply = number | { status: number; after?: string } | "hang" | "reset" | (() => unknown);

export interface Outcome {
  /** What the function answered, read from JSON. */
  value?: { value: unknown; policy: Record<string, number> };
  /** What the caller was told if it failed. */
  error?: string;
}

/** What golem:api says before anybody sets a policy. */
export const own = { retries: 3, minDelay: 1e8, maxDelay: 1e9, multiplier: 3, jitter: 0.15 };

export type Golem = Awaited<ReturnType<typeof startGolem>>;

/**
 * The test component on a private minigolem in virtual time, or on the server that is given; and an upstream.
 * @param given the server's URL; by default that of GOLEM_URL
 */
export async function startGolem(given = process.env.GOLEM_URL) {
  const engine = given ? undefined : await startMinigolem({ time: "virtual", onHazard: () => {} });
  const base = given ?? (engine?.url as string);
  const time: VirtualTime | undefined = engine?.time;
  const now = () => time?.now() ?? Date.now();

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const form = body instanceof FormData;
    const response = await fetch(`${base}/v1/components${path}`, {
      method,
      headers: { ...(form || body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: form ? body : body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { ok: response.ok, answer: text === "" ? undefined : JSON.parse(text) };
  }
  async function need(method: string, path: string, body?: unknown) {
    const { ok, answer } = await call(method, path, body);
    if (!ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  const form = new FormData();
  form.append("name", `retry-cases-${randomUUID()}`);
  form.append("component", new Blob([await readFile(new URL("component/dist/component.wasm", import.meta.url))]));
  const component = (await need("POST", "", form)).versionedComponentId.componentId as string;

  const replies = new Map<string, Reply[]>();
  const requests: { path: string; at: number; key?: string; failed: boolean }[] = [];
  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const next = replies.get(path)?.shift() ?? 200;
    const key = request.headers["idempotency-key"] as string | undefined;
    requests.push({ path, at: now(), key, failed: next === "reset" || (typeof next === "number" && next >= 400) });
    if (next === "hang") return;
    if (next === "reset") return void request.socket.resetAndDestroy();
    if (typeof next === "function") {
      await next();
      await sleep(100); // on either engine an interrupt takes effect when a wait of the component ends: so it must be in one
      response.writeHead(200).flushHeaders();
      await sleep(100);
      return void response.end();
    }
    const { status, after } = typeof next === "object" ? next : { status: next, after: undefined };
    response.writeHead(status, after === undefined ? {} : { "retry-after": after });
    response.end(`answer ${requests.filter((each) => each.path === path).length}`);
  }
  const upstream = createServer((request, response) => void reply(request, response));
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  const upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

  const workers = new Set<string>();
  return {
    /** Undefined on a server, where time is real. */
    time,
    /** How much later than planned a request may come: a recovery takes no virtual time. */
    slack: given ? 600 : 5,
    /** A worker with a fresh name, or the one given, and its part of the upstream. */
    worker(name: string = randomUUID()) {
      const at = `/${component}/workers/${name}`;
      workers.add(at);
      return {
        name,
        url: `${upstreamUrl}/${name}`,
        replies(list: Reply[], path = ""): void {
          replies.set(`/${name}${path}`, [...list]);
        },
        requests: () => requests.filter(({ path }) => path.startsWith(`/${name}`)),
        waits(): number[] {
          const times = this.requests().map((each) => each.at);
          return times.slice(1).map((time, i) => time - (times[i] as number));
        },
        /** From each failed request to the next: what a crash sends again in between is none. */
        waitsAfterFailures(): number[] {
          const all = this.requests();
          return all.flatMap(({ failed, at }, i) => (failed && all[i + 1] ? [(all[i + 1]?.at ?? 0) - at] : []));
        },
        invoke(name: string, ...params: string[]): Promise<Outcome> {
          return this.invokeAs(randomUUID(), name, ...params);
        },
        async invokeAs(key: string, name: string, ...params: string[]): Promise<Outcome> {
          const path = `${at}/invoke-and-await?function=${encodeURIComponent(`demo:retry-cases-exports/api.{${name}}`)}`;
          const body = { params: params.map((value) => ({ value })) };
          const { ok, answer } = await call("POST", path, body, { "idempotency-key": key });
          if (!ok) return { error: JSON.stringify(answer) };
          const [result] = answer.result.value;
          return { value: typeof result === "string" ? JSON.parse(result) : result };
        },
        /** Begins a call that may never be answered: its connection is closed with the engine, at the latest. */
        begin(name: string, ...params: string[]): void {
          this.invoke(name, ...params).catch(() => {});
        },
        async status(): Promise<string> {
          return (await need("GET", at)).status;
        },
        /** What minigolem says a Golem server would not take well; nothing on a server. */
        async hazards(): Promise<string[]> {
          const { hazards = [] } = await need("GET", `${at}?hazards=true`);
          return hazards.map(({ kind }: { kind: string }) => kind);
        },
        /** What a server's crash is to a worker. */
        crash: () => need("POST", `${at}/interrupt?recovery-immediately=true`),
        revert: (invocations: number) =>
          need("POST", `${at}/revert`, { type: "revertLastInvocations", numberOfInvocations: invocations }),
        /** @param lastOplogIndex what is after it is dropped */
        revertTo: (lastOplogIndex: number) =>
          need("POST", `${at}/revert`, { type: "revertToOplogIndex", lastOplogIndex }),
        delete: () => need("DELETE", at),
        async oplog(): Promise<{ type: string; message?: string; function_name?: string }[]> {
          const { entries } = await need("GET", `${at}/oplog?count=1000&from=1`);
          return entries.map(({ entry }: { entry: { type: string } }) => entry);
        },
      };
    },
    /** Deletes the workers, for each instance takes memory. */
    async clear(): Promise<void> {
      await Promise.all([...workers].map((at) => need("DELETE", at)));
      workers.clear();
    },
    async close(): Promise<void> {
      upstream.closeAllConnections();
      upstream.close();
      await engine?.close();
    },
  };
}
