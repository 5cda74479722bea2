import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";
import { type Asking, isLoopback, namesFor, refusedBecause } from "../src/rest/access.js";

const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
let folder: string;
let golem: Minigolem;
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-access-"));
  golem = await startMinigolem({ dataDir: join(folder, "data") });
  const form = new FormData();
  form.append("name", "empty");
  form.append("component", new Blob([empty]), "component");
  const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
  id = made.versionedComponentId.componentId;
  await fetch(`${golem.url}/v1/components/${id}/workers`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"name":"w","args":[],"env":{}}',
  });
});
afterAll(async () => {
  await golem.close();
  rmSync(folder, { recursive: true });
});

const plain: Asking = {
  method: "POST",
  host: "127.0.0.1:9881",
  origin: undefined,
  site: undefined,
  mode: undefined,
  from: "127.0.0.1",
};
const rules = { names: namesFor("127.0.0.1"), remoteWrites: false };

describe("who is answered", () => {
  test.each<[string, Partial<Asking>]>([
    ["golem-cli, curl, our client", {}],
    ["by name", { host: "LocalHost:9881" }],
    ["by IPv6", { host: "[::1]:9881" }],
    ["behind a forwarded port", { host: "localhost:8080" }],
    ["its own page", { origin: "http://127.0.0.1:9881", site: "same-origin", mode: "cors" }],
    ["an address bar", { method: "GET", site: "none", mode: "navigate" }],
    ["a link on a foreign page", { method: "GET", site: "cross-site", mode: "navigate" }],
    ["another machine that reads", { method: "GET", from: "192.168.1.7" }],
  ])("%s", (_, asking) => expect(refusedBecause({ ...plain, ...asking }, rules)).toBeUndefined());

  test.each<[string, Partial<Asking>, RegExp]>([
    ["a name that an attacker gave this address", { host: "rebound.example:9881" }, /does not answer for the host/],
    ["no host", { host: undefined }, /does not answer for the host/],
    ["a host that is none", { host: "127.0.0.1:9881:1" }, /does not answer for the host/],
    ["a foreign page", { origin: "https://evil.example" }, /another origin/],
    ["a page of another port", { origin: "http://127.0.0.1:3000" }, /another origin/],
    ["a page without an origin", { origin: "null" }, /another origin/],
    ["a page that only reads", { method: "GET", site: "cross-site", mode: "no-cors" }, /another origin/],
    ["a form", { site: "cross-site", mode: "navigate" }, /another origin/],
    [
      "a page of another port, without an origin",
      { method: "GET", site: "same-site", mode: "no-cors" },
      /another origin/,
    ],
    ["another machine that writes", { from: "192.168.1.7" }, /read-only for other machines.*--remote-writes/],
  ])("not %s", (_, asking, message) => expect(refusedBecause({ ...plain, ...asking }, rules)).toMatch(message));

  test("another machine that writes, when it may", () => {
    expect(refusedBecause({ ...plain, from: "192.168.1.7" }, { ...rules, remoteWrites: true })).toBeUndefined();
  });
  test.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])("%s is this machine", (address) =>
    expect(isLoopback(address)).toBe(true),
  );
  test.each(["10.0.0.1", "::", "0.0.0.0", "127.evil.example", ""])("%j is not", (address) =>
    expect(isLoopback(address)).toBe(false),
  );
});

function ask(path: string, headers: Record<string, string>, method = "GET", url = golem.url) {
  return new Promise<{ status: number | undefined; text: string }>((done, fail) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.on("end", () => done({ status: response.statusCode, text }));
    });
    asked.on("error", fail);
    asked.end();
  });
}

describe("a server", () => {
  test("refuses foreign hosts and origins on every route", async () => {
    for (const path of ["/v1/components", "/metrics", "/", `/v1/components/${id}/workers/w`, "/nothing"])
      for (const [name, value] of [
        ["host", "rebound.example"],
        ["origin", "http://evil.example"],
      ] as const)
        expect(await ask(path, { [name]: value }), path).toMatchObject({
          status: 403,
          text: expect.stringContaining('"error"'),
        });
    expect((await ask("/v1/components", { origin: golem.url })).status).toBe(200);
  });

  test("refuses WebSockets of foreign pages", async () => {
    const url = `${golem.url.replace("http", "ws")}/v1/components/${id}/workers/w/connect`;
    const opened = (origin?: string) =>
      new Promise<boolean>((done) => {
        const socket = new WebSocket(url, { headers: origin ? { origin } : {} });
        socket.addEventListener("open", () => {
          done(true);
          socket.close();
        });
        socket.addEventListener("error", () => done(false));
      });
    expect(await opened("http://evil.example")).toBe(false);
    expect(await opened(golem.url)).toBe(true);
    expect(await opened()).toBe(true);
  });

  const lan = Object.values(networkInterfaces())
    .flat()
    .find((found) => found && !found.internal && found.family === "IPv4")?.address;
  if (!lan) console.warn("SKIPPED: another machine's view needs a network interface besides the loopback");
  test.runIf(lan)("that listens on all addresses is read-only for another machine", async () => {
    const open = await startMinigolem({ dataDir: join(folder, "open"), host: "0.0.0.0" });
    const outside = `http://${lan}:${open.port}`;
    try {
      expect((await ask("/v1/components", {}, "GET", outside)).status).toBe(200);
      expect(await ask("/v1/components", {}, "POST", outside)).toMatchObject({
        status: 403,
        text: expect.stringContaining("--remote-writes"),
      });
      expect((await ask("/v1/components", {}, "POST", `http://127.0.0.1:${open.port}`)).status).toBe(400);
      expect((await ask("/v1/components", { host: "rebound.example" }, "GET", outside)).status).toBe(403);
    } finally {
      await open.close();
    }
  });
});

/** What comes back to bytes that are sent as they are. */
const raw = (text: string) =>
  new Promise<string>((done) => {
    const socket = connect(golem.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
      if (/\r\n\r\n./s.test(answer)) socket.destroy();
    });
    socket.on("close", () => done(answer));
    socket.on("error", () => done(answer));
  });
const host = "host: 127.0.0.1\r\n";

describe("a request that is none is answered as text", () => {
  test.each([
    ["a path that is no Unicode", `GET /v1/components/%ED%A0%80 HTTP/1.1\r\n${host}\r\n`, 400],
    ["a path that ends early", `GET /v1/components/%f HTTP/1.1\r\n${host}\r\n`, 400],
    ["a name that is too long", `GET /v1/components/${"a".repeat(5000)} HTTP/1.1\r\n${host}\r\n`, 414],
    ["too many headers", `GET /v1/components HTTP/1.1\r\n${host}${`x: ${"y".repeat(1000)}\r\n`.repeat(20)}\r\n`, 431],
    ["no HTTP", "hello\r\n\r\n", 400],
  ])("%s", async (_, text, status) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain("content-type: text/plain");
    expect(answer).toMatch(/\r\n\r\n./s);
  });
});
