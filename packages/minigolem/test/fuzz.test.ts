import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Attacked, startAttacked } from "./attack.js";
import { runs } from "./runs.js";
import { buildThing } from "./wat/build.js";

let attacked: Attacked;
let id: string;
const lost: unknown[] = [];
const note = (error: unknown) => lost.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  attacked = await startAttacked({ time: "virtual" });
  id = await attacked.upload("thing", await buildThing());
});
afterAll(async () => {
  await attacked.close();
  process.off("unhandledRejection", note);
  expect(lost).toEqual([]);
});

const oneOf = (...values: string[]) => fc.constantFrom(...values);
/** A part of a path or a query: mostly what makes sense. */
const text = fc.oneof(
  { weight: 6, arbitrary: oneOf("w", "w2", "0", "1", "latest") },
  fc.string(),
  fc.string({ unit: "binary" }),
);
const number = fc.oneof(oneOf("0", "1", "5", "-1", "1e9", "18446744073709551616", "x"), text);
const component = fc.oneof({ weight: 8, arbitrary: fc.constant("ID") }, fc.uuid(), text);
const functionName = fc.oneof(
  oneOf(
    "test:wat/api.{say}",
    "test:wat/api.{echo}",
    "test:wat/api.{stdin}",
    "test:wat/api.{counter.new}",
    "test:wat/api.{fail}",
    "run",
  ),
  fc.string(),
);
const path = fc.oneof(
  fc.tuple(component, text).map(([c, rest]) => `/v1/components/${c}/${encodeURIComponent(rest)}`),
  fc
    .tuple(
      component,
      oneOf("latest", "versions/0", "versions/9", "download", "updates", "upload", "workers", "workers/find"),
    )
    .map(([c, rest]) => `/v1/components/${c}/${rest}`),
  fc
    .tuple(
      component,
      text,
      oneOf(
        "",
        "/interrupt",
        "/resume",
        "/update",
        "/revert",
        "/complete",
        "/oplog",
        "/invoke",
        "/invoke-and-await",
        "/connect",
        "/invocations/k",
        "/fork/x",
        "/files/a",
      ),
    )
    .map(([c, w, rest]) => `/v1/components/${c}/workers/${encodeURIComponent(w)}${rest}`),
  fc.tuple(component, oneOf("invoke", "invoke-and-await")).map(([c, rest]) => `/v1/components/${c}/${rest}`),
  oneOf("/v1/components", "/metrics", "/", "/v1/api/x", "/v1/plugins"),
);
const query = fc.dictionary(
  oneOf(
    "function",
    "count",
    "from",
    "cursor",
    "query",
    "filter",
    "recovery-immediately",
    "version",
    "component-name",
    "component_type",
    "hazards",
  ),
  fc.oneof(functionName, number, oneOf("true", "/a+/", "name = w", "0/5", "3-0", "status == Idle")),
  { maxKeys: 4 },
);
const value = fc.oneof(fc.jsonValue(), oneOf("a", "urn:worker:x/y/1"), fc.integer());
const typed = fc.record(
  { value, typ: fc.oneof(fc.constant({ type: "Str" }), fc.jsonValue()) },
  { requiredKeys: ["value"] },
);
const json = fc.oneof(
  fc.record({ params: fc.array(typed, { maxLength: 3 }) }),
  fc.record({ name: text, args: fc.array(fc.string()), env: fc.dictionary(fc.string(), fc.string()) }),
  fc.record({ mode: oneOf("Automatic", "Manual"), targetVersion: fc.oneof(fc.nat(3), fc.jsonValue()) }),
  fc.record({
    type: oneOf("revertToOplogIndex", "revertLastInvocations"),
    lastOplogIndex: fc.integer(),
    numberOfInvocations: fc.integer(),
  }),
  fc.record({ oplogIdx: fc.nat(30), data: fc.array(fc.integer({ min: -1, max: 256 }), { maxLength: 5 }) }),
  fc.record({ filter: fc.jsonValue(), count: fc.jsonValue(), cursor: fc.jsonValue() }, { requiredKeys: [] }),
  fc.jsonValue({ maxDepth: 6 }),
);
const body = fc.oneof(
  fc.constant(undefined),
  json.map((sent) => ["application/json", JSON.stringify(sent)] as const),
  fc.string().map((sent) => ["application/json", sent] as const),
  fc.string().map((sent) => ["application/octet-stream", sent] as const),
  fc
    .string()
    .map(
      (sent) =>
        [
          "multipart/form-data; boundary=x",
          `--x\r\ncontent-disposition: form-data; name="component"; filename="a"\r\n\r\n${sent}\r\n--x--\r\n`,
        ] as const,
    ),
  fc.tuple(fc.string(), fc.string()).map(([, sent]) => ["text/plain", sent] as const),
);
const asked = fc.record({ method: oneOf("GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH"), path, query, body });

test("no request is answered by a failure of minigolem's, or not at all", { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ method, path, query, body }) => {
      const parameters = new URLSearchParams(query).toString();
      const url = `${attacked.golem.url}${path.replace("ID", id)}${parameters ? `?${parameters}` : ""}`;
      const headers: Record<string, string> = { "idempotency-key": "k" };
      if (body) headers["content-type"] = body[0];
      const response = await fetch(url, {
        method,
        headers,
        body: method === "GET" ? undefined : body?.[1],
        signal: AbortSignal.timeout(30_000),
      });
      const answer = await response.text();
      expect(answer).not.toContain("minigolem failed");
      if (response.status >= 500) expect(answer).toMatch(/golemError|minigolem does not offer/);
    }),
    { numRuns: runs(500, 45_000) },
  );
  expect((await attacked.ask("GET", "")).status).toBe(200);
});
