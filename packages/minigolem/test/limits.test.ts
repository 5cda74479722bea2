import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromJson } from "../src/rest/json.js";
import { type Attacked, startAttacked } from "./attack.js";
import { whole } from "./runs.js";
import { buildSteps, buildThing, buildWat } from "./wat/build.js";
import { buildEcho } from "./wat/echo.js";

let attacked: Attacked;
let id: string;
let echo: string;
beforeAll(async () => {
  attacked = await startAttacked({
    defaultPolicy: { maxAttempts: 1, minDelay: 0n, maxDelay: 0n, multiplier: 1, maxJitterFactor: 0 },
  });
  id = await attacked.upload("thing", await buildThing());
  echo = await attacked.upload("echo", await buildEcho([{ type: "Str" }, { type: "U64" }, { type: "F64" }]));
});
afterAll(() => attacked.close());

const invoke = (params: string, name = "test:wat/api.{say}", component = id) =>
  attacked.ask("POST", `/${component}/workers/w/invoke-and-await?function=${name}`, `{"params":${params}}`);
const echoed = (i: number, value: string) => invoke(`[{"value":[${value}]}]`, `test:echo/api.{echo-${i}}`, echo);

async function within(ms: number, act: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  await act();
  expect(performance.now() - begin).toBeLessThan(ms);
}

describe("values", () => {
  test.each([
    ["half of a surrogate pair", 0, '"\\ud800"'],
    ["a whole number that is written as a fraction, and no double is that number", 1, "9007199254740993.0"],
    ["2^64", 1, "18446744073709551616"],
    ["more than a double", 2, "1e999"],
  ])("%s is refused", async (_, i, value) => {
    expect(await echoed(i, value)).toMatchObject({
      status: expect.toBeOneOf([400, 500]),
      text: expect.not.stringContaining("minigolem failed"),
    });
  });
  test.each([
    ["a byte order mark", 0, '"\ufeffa"'],
    ["the largest u64", 1, "18446744073709551615"],
    ["a zero's sign", 2, "-0.0"],
    ["a pair of surrogates", 0, '"😀"'],
  ])("%s comes back", async (_, i, value) => {
    const { status, text } = await echoed(i, value);
    expect(status, text).toBe(200);
    expect(text).toContain(`"value":[[${value}]]`);
  });

  test.each([
    null,
    1,
    "Str",
    {},
    { type: "Nothing" },
    { type: "List" },
    { type: "Record", fields: [1] },
    { type: "Variant", cases: null },
    { type: "Tuple", items: [{ type: "Option" }] },
  ])("a type that is none is refused: %j", async (typ) => {
    const { status, text } = await invoke(JSON.stringify([{ value: "a", typ }]));
    expect(text).toMatch(/parse request payload error/);
    expect(status).toBe(400);
  });

  test("200,000 wrong items are told in short", async () => {
    const { status, text } = await invoke(`[{"value":[${"1,".repeat(199_999)}1]}]`, "test:echo/api.{echo-0}", echo);
    expect(status).toBe(500);
    expect(text).toContain("expected string, found number");
    expect(text.length).toBeLessThan(20_000);
  });
});

describe("JSON", () => {
  test("with a number of 15 million digits is refused at once", () =>
    within(15_000, async () => {
      const { status, text } = await invoke(`[{"value":${"9".repeat(15_000_000)}}]`);
      expect([status, text]).toEqual([400, expect.stringContaining("15000000 characters")]);
    }));
  test.each(["[", '{"a":'])("that is nested deep by %s is refused", async (open) => {
    const { status, text } = await invoke(`[{"value":${open.repeat(1_000_000)}`);
    expect([status, text]).toEqual([400, expect.stringContaining("nested deeper than 128")]);
  });
  test("is as deep as its brackets, whatever stands in texts", () => {
    expect(fromJson(`["${"[".repeat(500)}\\"${"[".repeat(500)}", "\\\\"]`)).toEqual([
      `${"[".repeat(500)}"${"[".repeat(500)}`,
      "\\",
    ]);
  });
  test("keeps numbers", () => {
    expect(fromJson('[1, 12345678901234567890, -0.0, 1.5, "12345678901234567890"]')).toEqual([
      1,
      12345678901234567890n,
      -0,
      1.5,
      "12345678901234567890",
    ]);
  });
});

describe("workers", () => {
  test("have any environment", async () => {
    const body = '{"name":"env","args":[],"env":{"__proto__":"a","constructor":"b"}}';
    expect((await attacked.ask("POST", `/${id}/workers`, body)).status).toBe(200);
    const { text } = await attacked.ask("GET", `/${id}/workers/env`);
    expect(text).toContain('"env":{"__proto__":"a","constructor":"b"}');
  });
  test.each(["a%00b", "a%0Ab", "%7f"])("have no name such as %s", async (name) => {
    const { status, text } = await attacked.ask("GET", `/${id}/workers/${name}`);
    expect([status, text]).toEqual([400, expect.stringContaining("Invalid worker name")]);
  });
  test.each(["\\ud800", "\\udfff", "a\\udc00b"])("have no name with half of a surrogate pair: %s", async (name) => {
    const { status, text } = await attacked.ask("POST", `/${id}/workers`, `{"name":"${name}","args":[],"env":{}}`);
    expect(status, text).toBe(400);
    expect((await attacked.ask("GET", `/${id}/workers?count=100`)).text).not.toMatch(/\ufffd|\\u/);
  });
  test("are updated to no version beyond u64", async () => {
    const body = '{"mode":"Automatic","targetVersion":18446744073709551616}';
    expect((await attacked.ask("POST", `/${id}/workers/env/update`, body)).status).toBe(400);
  });
  test("are found by filters, deep ones refused, none in long", async () => {
    const nested = (depth: number) =>
      `${'{"type":"Not","filter":'.repeat(depth)}{"type":"Name","comparator":"Equal","value":"w"}${"}".repeat(depth)}`;
    expect((await attacked.ask("POST", `/${id}/workers/find`, `{"filter":${nested(100)}}`)).status).toBe(200);
    expect((await attacked.ask("POST", `/${id}/workers/find`, `{"filter":${nested(1500)}}`)).status).toBe(400);
    let both = '{"type":"Name"}';
    for (let i = 0; i < 17; i++) both = `{"type":"x","filter":${both},"filters":[${both}]}`;
    await within(10_000, async () =>
      expect((await attacked.ask("POST", `/${id}/workers/find`, `{"filter":${both}}`)).status).toBe(400),
    );
  });
});

test("a start function that traps is a trap, in the words of one", async () => {
  const component = await attacked.upload("start-trap", await buildWat("start-trap.wat"));
  const { text } = await invoke("[]", "run", component);
  expect(text).toContain("wasm `unreachable` instruction executed");
  expect(text).not.toMatch(/file:|TypeError|node_modules/);
});

test("a call of an ephemeral component that fails, and that nobody waits for, ends nothing", async () => {
  const component = await attacked.upload("fleeting", await buildThing(), "Ephemeral");
  const lost: unknown[] = [];
  const note = (error: unknown) => lost.push(error);
  process.on("unhandledRejection", note);
  const left = await attacked.ask(
    "POST",
    `/${component}/workers/w/invoke?function=test:wat/api.{fail}`,
    '{"params":[]}',
  );
  expect(left.status).toBe(200);
  const waited = await attacked.ask(
    "POST",
    `/${component}/workers/w/invoke-and-await?function=test:wat/api.{fail}`,
    '{"params":[]}',
  );
  expect(waited.text).toContain("unreachable");
  await new Promise((done) => setImmediate(done));
  process.off("unhandledRejection", note);
  expect(lost).toEqual([]);
});

test("a client that does not read its events is disconnected", async () => {
  const { hostname, port } = new URL(attacked.golem.url);
  await invoke('[{"value":"first"}]');
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /v1/components/${id}/workers/w/connect HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  expect(String((await once(socket, "data"))[0])).toContain("101");
  socket.pause();
  for (let i = 0; i < 24; i++) await invoke(`[{"value":"${"x".repeat(1 << 20)}"}]`);
  const closed = once(socket, "close");
  socket.on("error", () => {}); // a reset
  socket.resume();
  await closed;
});

/** How a connection to a worker's events ends, or `open` if it does not. */
async function listen(
  worker: string,
  component: string,
): Promise<{ how: "open" | "refused"; closed: Promise<unknown>; events: string[] }> {
  const socket = new WebSocket(
    `${attacked.golem.url.replace("http", "ws")}/v1/components/${component}/workers/${worker}/connect`,
  );
  const events: string[] = [];
  socket.addEventListener("message", ({ data }) => events.push(String(data)));
  const closed = new Promise((done) => socket.addEventListener("close", done));
  const how = await new Promise<"open" | "refused">((done) => {
    socket.addEventListener("open", () => done("open"));
    socket.addEventListener("error", () => done("refused"));
  });
  return { how, closed, events };
}

test("an interrupt that comes while a worker starts is no less one, and ends the stream of its events until a resume", async () => {
  const counts =
    "(local $n i32) (loop (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 300000000))))";
  const slow = await attacked.upload("slow", await buildWat("start-loop.wat", { "(loop (br 0))": counts }));
  const at = `/${slow}/workers/early`;
  await attacked.ask("POST", `/${slow}/workers`, '{"name":"early","args":[],"env":{}}');
  const before = await listen("early", slow);
  await attacked.ask("POST", `${at}/invoke?function=run`, '{"params":[]}');
  expect((await attacked.ask("POST", `${at}/interrupt`)).status).toBe(200);
  const status = async () => JSON.parse((await attacked.ask("GET", at)).text).status;
  await expect.poll(status, { timeout: 10_000 }).toBe("Interrupted");
  await before.closed;
  expect(before.events.at(-1)).toBe('"Close"');
  expect((await listen("early", slow)).how).toBe("refused");
  expect((await attacked.ask("POST", `${at}/resume`)).status).toBe(200);
  await expect.poll(status, { timeout: 10_000 }).toBe("Idle");
  expect((await listen("early", slow)).how).toBe("open");
});

test("a call that has returned is cancelled too late, and one that nobody made not at all", async () => {
  const call = `${attacked.golem.url}/v1/components/${id}/workers/w`;
  const headers = { "content-type": "application/json", "idempotency-key": "over" };
  const body = '{"params":[]}';
  await fetch(`${call}/invoke-and-await?function=test:wat/api.{nothing}`, { method: "POST", headers, body });
  const cancel = (key: string) => attacked.ask("DELETE", `/${id}/workers/w/invocations/${key}`);
  expect(await cancel("over")).toEqual({ status: 200, text: '{"canceled":false}' });
  expect(await cancel("unknown")).toMatchObject({ status: 500, text: expect.stringContaining("Invocation not found") });
});

describe("the oplog", () => {
  const oplog = (query: string) => attacked.ask("GET", `/${id}/workers/w/oplog?${query}`);
  test("is searched in time, whatever the expression", async () => {
    await invoke(JSON.stringify([{ value: `${"a".repeat(60)}!` }]));
    await within(15_000, async () => {
      const { status, text } = await oplog(`count=100&query=${encodeURIComponent("/^(a+)+$/")}`);
      expect(status, text).toBe(200);
      expect(JSON.parse(text).entries).toEqual([]);
    });
    expect(
      JSON.parse((await oplog(`count=100&query=${encodeURIComponent("/a+!/")}`)).text).entries.length,
    ).toBeGreaterThan(0);
  });
  test.each(["/(?=a)/", "/(/", "(".repeat(1500), `"${"x".repeat(3000)}"`])("is not searched for %s", async (text) => {
    const answer = await oplog(`count=1&query=${encodeURIComponent(text)}`);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain("call stack");
  });
});

describe("an upload", () => {
  const post = (body: string, type = "multipart/form-data; boundary=x") =>
    fetch(`${attacked.golem.url}/v1/components`, { method: "POST", headers: { "content-type": type }, body });
  test.each([
    ["is cut", '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nhal'],
    ["has no end", '--x\r\ncontent-disposition: form-data; name="component"; filename="a"\r\n\r\nbytes\r\n'],
    ["is empty", ""],
    [
      "has two components",
      `${'--x\r\ncontent-disposition: form-data; name="component"; filename="a"\r\n\r\nbytes\r\n'.repeat(2)}--x--\r\n`,
    ],
  ])("that %s is refused", async (_, body) => {
    const answer = await post(body);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(/multipart/i)]);
  });

  const head = `--x\r\ncontent-disposition: form-data; name="component"; filename="a"\r\n\r\n`;
  test.each([
    ["", "PUT", () => `/${id}/upload`, `application/octet-stream\r\ncontent-length: ${300 << 20}`, ""],
    [" in parts of a form", "POST", () => "", "multipart/form-data; boundary=x\r\ntransfer-encoding: chunked", head],
  ])(
    "that is too large%s is refused, and takes no memory",
    { timeout: 120_000 },
    async (_, method, path, type, first) => {
      const before = process.memoryUsage.rss();
      let most = 0;
      const answer = await new Promise<string>((done) => {
        const socket = connect(attacked.golem.port, "127.0.0.1");
        let text = "";
        let left = 300;
        const isChunked = first !== "";
        const send = (bytes: Buffer, then: () => void) => {
          if (isChunked) socket.write(`${bytes.length.toString(16)}\r\n`);
          socket.write(bytes, then);
          if (isChunked) socket.write("\r\n");
        };
        const piece = Buffer.alloc(1 << 20);
        const more = () => {
          most = Math.max(most, process.memoryUsage.rss() - before);
          if (left-- > 0 && !socket.destroyed) send(piece, more);
        };
        socket.on("data", (data) => {
          text += data;
          socket.destroy();
        });
        socket.on("close", () => done(text));
        socket.on("error", () => done(text));
        socket.write(
          `${method} /v1/components${path()} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\n\r\n`,
          () => (isChunked ? send(Buffer.from(first), more) : more()),
        );
      });
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(most).toBeLessThan(150 << 20);
    },
  );
});

test("a large component is taken in beside other calls, not before them", { timeout: 120_000 }, async () => {
  const wasm = readFileSync(new URL("component/dist/component.wasm", import.meta.url));
  let taken = false;
  const upload = attacked.upload("large", new Uint8Array(wasm)).then(() => {
    taken = true;
  });
  let answered = 0;
  for (; !taken; answered++) expect((await invoke('[{"value":"meanwhile"}]')).status).toBe(200);
  await upload;
  expect(answered).toBeGreaterThan(10);
});

test("bodies that arrive byte by byte keep nobody waiting, and are ended", { timeout: 120_000 }, async () => {
  const { hostname, port } = new URL(attacked.golem.url);
  const answers: Promise<string>[] = [];
  const slow = Array.from({ length: 500 }, () => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", () => {}); // a reset
    answers.push(new Promise((done) => socket.on("close", () => done(text))));
    socket.write(
      `POST /v1/components/${id}/workers HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n`,
    );
    return socket;
  });
  const drip = () => slow.every((socket) => socket.destroyed || socket.write(" ") || true);
  for (let i = 0; i < 20; i++) {
    drip();
    expect((await invoke('[{"value":"meanwhile"}]')).status).toBe(200);
  }
  if (whole) {
    const timer = setInterval(drip, 1000);
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/);
    clearInterval(timer);
  } else for (const socket of slow) socket.destroy();
  expect((await invoke('[{"value":"afterwards"}]')).status).toBe(200);
});

test("more workers that compute than threads keep the call of another one from nothing", {
  timeout: 120_000,
}, async () => {
  const crowded = await startAttacked({ maxThreads: 1 });
  try {
    const steps = await crowded.upload("steps", await buildSteps());
    const call = (worker: string, how: string, name: string) =>
      crowded.ask("POST", `/${steps}/workers/${worker}/${how}?function=test:wat/steps.{${name}}`, '{"params":[]}');
    for (const worker of ["a", "b", "c"]) expect((await call(worker, "invoke", "spin")).status).toBe(200);
    expect((await call("other", "invoke-and-await", "count")).text).toContain('"value":[1]');
    for (const worker of ["a", "b", "c"])
      expect(JSON.parse((await crowded.ask("GET", `/${steps}/workers/${worker}`)).text).status).toBe("Running");
  } finally {
    await crowded.close();
  }
});
