import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Message } from "../src/guest/channel.js";
import { createHttp, type Http } from "../src/threads/http.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answer: Answer;
const seen: { method: string; url: string; headers: string[]; body: string; aborted: boolean }[] = [];
const upstream = createServer((request, response) => {
  const record = {
    method: request.method ?? "",
    url: request.url ?? "",
    headers: request.rawHeaders,
    body: "",
    aborted: false,
  };
  seen.push(record);
  response.on("close", () => {
    record.aborted = !response.writableFinished;
  });
  request.on("data", (chunk: Buffer) => {
    record.body += chunk.toString("latin1");
  });
  answer(request, response);
});
let base: string;
let http: Http;
let messages: Message[];
const waiting: (() => void)[] = [];
const wake = () => {
  for (const look of waiting.splice(0)) look();
};

beforeEach(async () => {
  seen.length = 0;
  messages = [];
  answer = (_, response) => response.end("fine");
  if (!upstream.listening) await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  http = createHttp({
    post(message) {
      messages.push(message);
      wake();
    },
  });
});
afterEach(() => http.close());

let last = 0;
function start(path: string, more: object = {}): number {
  const id = ++last;
  const request = { url: base + path, method: "GET", headers: [["x-a", "1"]], body: false, left: false, ...more };
  http.handle({ op: "http.start", instance: 1, id, request });
  return id;
}
const of = (id: number, op?: string) => messages.filter((m) => m.id === id && (op === undefined || m.op === op));
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((done) => waiting.push(done));
}
const over = (id: number) => until(() => of(id).some((m) => m.op === "http.end" || m.op === "http.error"));
const text = (id: number) => Buffer.concat(of(id, "http.chunk").map((m) => m.bytes as Uint8Array)).toString("latin1");
const status = (id: number) => of(id, "http.response")[0]?.status;
const code = (id: number) => (of(id, "http.error")[0]?.code as { tag: string } | undefined)?.tag;

test("an answer comes as headers, chunks and an end", async () => {
  answer = (_, response) => response.writeHead(418, { "x-b": ["1", "2"] }).end("short and stout");
  const id = start("/pot?milk=no");
  await over(id);
  expect(status(id)).toBe(418);
  expect(of(id, "http.response")[0]?.headers).toEqual(
    expect.arrayContaining([
      ["x-b", "1"],
      ["x-b", "2"],
    ]),
  );
  expect(text(id)).toBe("short and stout");
  expect(of(id).at(-1)).toMatchObject({ op: "http.end", trailers: [] });
  expect(seen[0]).toMatchObject({ method: "GET", url: "/pot?milk=no" });
  expect(http.pending()).toBe(0);
});

test("nothing is sent that the component did not ask for, except the host", async () => {
  await over(start("/"));
  expect(seen[0]?.headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())).toEqual(["host", "x-a"]);
});

test("a redirect is the component's to follow, and nothing is decoded", async () => {
  answer = (_, response) =>
    response.writeHead(302, { location: "/elsewhere", "content-encoding": "gzip" }).end("no gzip");
  const id = start("/");
  await over(id);
  expect(status(id)).toBe(302);
  expect(text(id)).toBe("no gzip");
  expect(seen).toHaveLength(1);
});

test("a body goes out while the answer comes in", async () => {
  answer = (request, response) => {
    response.writeHead(200);
    request.on("data", (chunk) => response.write(chunk)).on("end", () => response.end());
  };
  const id = start("/", { method: "POST", body: true });
  http.handle({ op: "http.body", instance: 1, id, bytes: Buffer.from("ping ") });
  await until(() => text(id) === "ping ");
  http.handle({ op: "http.body", instance: 1, id, bytes: Buffer.from("pong") });
  http.handle({ op: "http.body-end", instance: 1, id, trailers: [] });
  await over(id);
  expect(text(id)).toBe("ping pong");
  expect(of(id, "http.sent").reduce((sum, m) => sum + (m.bytes as number), 0)).toBe(9);
});

test("4 MB out, 5 MB in, with no more than a window under way", async () => {
  const size = 5 << 20;
  let received = 0;
  answer = (request, response) => {
    request.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on("end", () => response.end(Buffer.alloc(size, 65)));
  };
  const id = start("/", { method: "POST", body: true });
  for (let i = 0; i < 64; i++) http.handle({ op: "http.body", instance: 1, id, bytes: Buffer.alloc(1 << 16, 66) });
  http.handle({ op: "http.body-end", instance: 1, id, trailers: [] });
  await until(() => of(id, "http.chunk").reduce((sum, m) => sum + (m.bytes as Uint8Array).length, 0) >= 1 << 20);
  await new Promise((done) => setTimeout(done, 50));
  const held = of(id, "http.chunk").reduce((sum, m) => sum + (m.bytes as Uint8Array).length, 0);
  expect(held).toBeLessThan(2 << 20); // nobody has taken any: it waits
  http.handle({ op: "http.more", instance: 1, id, bytes: held });
  for (let taken = held; !of(id, "http.end").length; ) {
    await until(() => of(id, "http.end").length > 0 || text(id).length > taken);
    http.handle({ op: "http.more", instance: 1, id, bytes: text(id).length - taken });
    taken = text(id).length;
  }
  expect(text(id).length).toBe(size);
  expect(received).toBe(4 << 20);
});

test("an upstream that closes before the component has read its answer", async () => {
  const size = 3 << 20;
  const gone = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\nconnection: close\r\n\r\n`);
      socket.end(Buffer.alloc(size, 65));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((done) => gone.once("listening", done));
  const id = start("", { url: `http://127.0.0.1:${(gone.address() as AddressInfo).port}/` });
  await until(() => text(id).length >= 1 << 20);
  await new Promise((done) => setTimeout(done, 100)); // it has closed, and nobody reads
  for (let taken = 0; !of(id, "http.end").length; ) {
    http.handle({ op: "http.more", instance: 1, id, bytes: text(id).length - taken });
    taken = text(id).length;
    await until(() => of(id, "http.end").length > 0 || text(id).length > taken);
  }
  expect(text(id).length).toBe(size);
  gone.close();
});

test.each([
  ["shorter", "ping"],
  ["longer", "ping pong"],
])("a body that is %s than its request says is refused", async (_, body) => {
  const id = start("/", { method: "POST", body: true, headers: [["content-length", "5"]] });
  http.handle({ op: "http.body", instance: 1, id, bytes: Buffer.from(body) });
  http.handle({ op: "http.body-end", instance: 1, id, trailers: [] });
  await over(id);
  expect(code(id)).toBe("HTTP-request-body-size");
});

test("50 at once", async () => {
  const ids = Array.from({ length: 50 }, (_, i) => start(`/${i}`));
  expect(http.pending()).toBe(50);
  await Promise.all(ids.map(over));
  expect(ids.map(status)).toEqual(ids.map(() => 200));
  expect(http.pending()).toBe(0);
});

test.each([
  ["HEAD", 200, { method: "HEAD" }],
  ["204", 204, {}],
])("%s has no body", async (_, expected, request) => {
  answer = (_request, response) => response.writeHead(expected).end();
  const id = start("/", request);
  await over(id);
  expect(status(id)).toBe(expected);
  expect(text(id)).toBe("");
});

test("trailers of an answer", async () => {
  answer = (_, response) => {
    response.writeHead(200, { trailer: "x-sum", "transfer-encoding": "chunked" });
    response.write("part");
    response.addTrailers({ "x-sum": "abc" });
    response.end();
  };
  const id = start("/");
  await over(id);
  expect(of(id).at(-1)).toMatchObject({ op: "http.end", trailers: [["x-sum", "abc"]] });
});

test("nobody listens", async () => {
  const free = createTcpServer().listen(0, "127.0.0.1");
  await new Promise((done) => free.once("listening", done));
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  const id = start("", { url: `http://127.0.0.1:${port}/` });
  await over(id);
  expect(code(id)).toBe("connection-refused");
});

test("reset before an answer, and in the middle of one", async () => {
  answer = (request) => request.socket.resetAndDestroy();
  const before = start("/");
  await over(before);
  expect(code(before)).toBe("HTTP-protocol-error");

  answer = (request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half", () => request.socket.destroy());
  };
  const within = start("/");
  await over(within);
  expect(status(within)).toBe(200);
  expect(code(within)).toBe("HTTP-protocol-error");
});

test("timeouts: until the first byte, and between bytes", async () => {
  answer = () => {};
  const first = start("/", { firstByteTimeout: 30 });
  await over(first);
  expect(code(first)).toBe("connection-read-timeout");

  answer = (_, response) => response.writeHead(200).write("part");
  const between = start("/", { betweenBytesTimeout: 30 });
  await over(between);
  expect(code(between)).toBe("HTTP-response-timeout");
}, 10_000);

test("cancelled: the upstream sees it, and nothing more comes", async () => {
  answer = (_, response) => response.writeHead(200).write("part");
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const id = start("/");
  await until(() => text(id) === "part");
  http.handle({ op: "http.cancel", instance: 1, id });
  expect(http.pending()).toBe(0);
  await new Promise((done) => setTimeout(done, 20));
  expect(seen[0]?.aborted).toBe(true);
  expect(of(id, "http.end").length + of(id, "http.error").length).toBe(0);
  expect(timers()).toBeLessThanOrEqual(before); // of earlier tests some may end meanwhile
});
