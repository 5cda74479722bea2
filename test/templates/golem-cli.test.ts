/** What golem-cli 1.2.0 asked of a Golem 1.2.0 server (golem-cli.json), asked of minigolem: it should see no difference. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { buildComponent } from "golem-component";
import { startMinigolem } from "minigolem";
import { expect, test } from "vitest";

interface Exchange {
  method: string;
  /** Of the REST API. `{component}` is the component's id. */
  path: string;
  contentType?: string;
  idempotencyKey?: string;
  /** In a multipart body, `component` stands for a component. */
  body?: { multipart: Part[] } | Record<string, unknown>;
  status: number;
  /** "as before": the component, as when it was made. */
  answer: unknown;
}

interface Part {
  disposition: string;
  type: string;
  value: string;
}

interface OplogPage {
  next: { next_oplog_index: number; current_component_version: number } | null;
}

const folder = import.meta.dirname;
const exchanges: Exchange[] = JSON.parse(await readFile(join(folder, "golem-cli.json"), "utf8"));

test("golem-cli 1.2.0 sees the same of minigolem as of a Golem 1.2.0 server", { timeout: 180_000 }, async () => {
  const { wasm } = await buildComponent({ dir: join(folder, "policy-probe") });
  const component = await readFile(wasm);
  await using golem = await startMinigolem();
  const created = exchanges.find(({ method, path }) => method === "POST" && path === "/v1/components")?.answer;
  let id = "";
  let page: OplogPage | undefined;

  for (const [i, exchange] of exchanges.entries()) {
    const where = `exchange ${i}: ${exchange.method} ${exchange.path}`;
    const answered = exchange.answer === "as before" ? [created] : exchange.answer;
    if (isStatus(exchange)) await setTimeout(100); // a command comes after the last; the status lags behind
    const response = await fetch(golem.url + here(exchange.path, id, page), request(exchange, component));
    const text = await response.text();
    expect(response.status, `${where}: ${text}`).toBe(exchange.status);
    const answer = JSON.parse(text);
    if (exchange.method === "POST" && exchange.path === "/v1/components") id = answer.versionedComponentId.componentId;
    if (exchange.path.includes("/oplog")) page = answer;
    expect(comparable(answer, exchange.path), where).toEqual(comparable(answered, exchange.path));
  }
  expect.assertions(2 * exchanges.length);
});

const isStatus = ({ method, path }: Exchange) => method === "GET" && /\/workers(\/w1|\?[^/]*)$/.test(path);

/** The path with this component's id, in our packages' names, and with the cursor that the last page of an oplog gave. */
function here(path: string, id: string, page: OplogPage | undefined): string {
  const cursor = page?.next ? `${page.next.next_oplog_index}-${page.next.current_component_version}` : "";
  return path
    .replace("{component}", id)
    .replace("probe%3Ascenarios%2F", "probe%3Ascenarios-exports%2F")
    .replace(/cursor=[\d-]+/, `cursor=${cursor}`);
}

function request({ method, contentType, idempotencyKey, body }: Exchange, component: Buffer): RequestInit {
  const headers = new Headers({ accept: "*/*" });
  if (idempotencyKey) headers.set("idempotency-key", idempotencyKey);
  if (!body) return { method, headers };
  if (!isMultipart(body)) {
    headers.set("content-type", contentType as string);
    return { method, headers, body: JSON.stringify(body) };
  }
  headers.set("content-type", "multipart/form-data; boundary=golem");
  // By hand: FormData gives a file a name, golem-cli does not.
  const parts = body.multipart.flatMap(({ disposition, type, value }) => [
    `--golem\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${type}\r\n\r\n`,
    disposition.includes('"component"') ? component : value,
    "\r\n",
  ]);
  return { method, headers, body: Buffer.concat([...parts, "--golem--\r\n"].map((part) => Buffer.from(part))) };
}

function isMultipart(body: NonNullable<Exchange["body"]>): body is { multipart: Part[] } {
  return "multipart" in body;
}

/** Differ from run to run, or from component to component. */
const ofTheRun =
  /^(createdAt|timestamp|start|component_?[sS]ize|.*[mM]emory_?[sS]ize|initial|.*_?span_id|parent_id|trace_id|request\.remote_addr|(last|first)Index.*|oplogIndex|next_oplog_index|componentId)$/;

/** An answer with what differs from run to run named by its type, and what only depends on the component by its keys. */
function comparable(value: unknown, path: string, key = ""): unknown {
  if (key === "invocation_context") return Array.isArray(value); // minigolem traces nothing: its list is empty
  if (key === "exports" || key === "producers") return shape(value);
  if (ofTheRun.test(key) && value !== null) return typeof value;
  if (typeof value === "string")
    return value
      .replace("demo:stepb", "demo:step") // of all that the server had, the recording lists another
      .replace("scenarios-exports/", "scenarios/")
      .replace("scenarios-exports%2F", "scenarios%2F")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/w1/, "{component}/w1")
      .replace(/components\/[0-9a-f-]{36}/, "components/{component}");
  if (Array.isArray(value)) {
    // Pending is a call that comes before the worker is loaded; of the first page the recording keeps what precedes noise.
    const done = value.filter((each) => each?.entry?.type !== "PendingWorkerInvocation");
    const kept = key === "entries" && path.endsWith("count=50") ? done.slice(0, 2) : done;
    return kept.map((each) => comparable(each, path));
  }
  return keyed(value, (each, name) => comparable(each, path, name));
}

/** Keys, and the types of what they hold. A list is what its elements are, each kind once. */
function shape(value: unknown): unknown {
  if (!Array.isArray(value)) return value !== null && typeof value === "object" ? keyed(value, shape) : typeof value;
  const kinds = new Map(value.map((each) => [JSON.stringify(shape(each)), shape(each)]));
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

function keyed(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, change(each, key)]));
}
