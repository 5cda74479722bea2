import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuseLostErrors } from "./server-process.js";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const wasm = fileURLToPath(new URL("component/dist/component.wasm", import.meta.url));

/** One for all tests: the first that uploads the component finds nothing there. */
const cache = mkdtempSync(join(tmpdir(), "minigolem-cli-cache-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

let folder: string;
const running: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minigolem-cli-"));
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const minigolem = (...args: string[]) => node(cli, ...args);

function node(...args: string[]) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  const ended = once(child, "close").then(([code]) => ({ code, out, err }));
  running.push(async () => {
    child.kill("SIGKILL");
    refuseLostErrors((await ended).err);
  });
  const url = new Promise<string>((found, failed) => {
    child.stdout.on("data", () => {
      const at = /http:\/\/\S+:\d+/.exec(out)?.[0];
      if (at) found(at);
    });
    ended.then(() => failed(new Error(err)));
  });
  url.catch(() => {});
  return { child, url, ended };
}

async function upload(url: string): Promise<string> {
  const form = new FormData();
  form.append("name", "survivor");
  form.append("component", new Blob([readFileSync(wasm)]), "component.wasm");
  const made = await (await fetch(`${url}/v1/components`, { method: "POST", body: form })).json();
  return made.versionedComponentId.componentId;
}

const serveArgs = () => ["serve", "--router-port", "0", "--data-dir", join(folder, "data")];
const serve = (...args: string[]) => minigolem(...serveArgs(), ...args);

describe("minigolem serve", { timeout: 60_000 }, () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 0],
  ] as const)("says where it serves, and ends on %s with code %d", async (signal, code) => {
    const { child, url, ended } = serve();
    expect(await (await fetch(`${await url}/v1/components`)).json()).toEqual([]);
    child.kill(signal);
    const result = await ended;
    expect(result).toMatchObject({ code, err: "" });
    expect(result.out).toContain(`data in ${join(folder, "data")}`);
    expect(result.out).toContain("no Golem server");
  });

  test("refuses a data folder in use, even to clean it, and the other goes on", async () => {
    const first = serve();
    const url = await first.url;
    for (const flags of [[], ["--clean"]]) {
      const { code, err } = await serve(...flags).ended;
      expect(code).toBe(1);
      expect(err).toContain("is in use by another minigolem");
    }
    expect((await fetch(`${url}/v1/components`)).status).toBe(200);
  });

  test("--clean deletes minigolem's data and keeps other files", async () => {
    const form = new FormData();
    form.append("name", "empty");
    form.append("component", new Blob([Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)]), "component");
    const first = serve();
    await fetch(`${await first.url}/v1/components`, { method: "POST", body: form });
    first.child.kill("SIGTERM");
    await first.ended;
    writeFileSync(join(folder, "data", "notes.txt"), "mine");

    const kept = serve();
    expect(await (await fetch(`${await kept.url}/v1/components`)).json()).toHaveLength(1);
    kept.child.kill("SIGTERM");
    await kept.ended;

    const cleaned = serve("--clean");
    expect(await (await fetch(`${await cleaned.url}/v1/components`)).json()).toEqual([]);
    expect(existsSync(join(folder, "data", "notes.txt"))).toBe(true);
  });

  test("--clean helps with a database that nobody understands", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "minigolem.lock"), "");
    writeFileSync(join(folder, "data", "minigolem.db"), "this is no database".repeat(1000));
    const { code, err } = await serve().ended;
    expect(code).toBe(1);
    expect(err).toContain("start with --clean");
    expect(await serve("--clean").url).toMatch(/^http/);
  });

  test("refuses a folder that is not its own, also to clean it", async () => {
    mkdirSync(join(folder, "data", "components"), { recursive: true });
    writeFileSync(join(folder, "data", "components", "Button.tsx"), "mine");
    for (const flags of [[], ["--clean"]]) {
      const { code, err } = await serve(...flags).ended;
      expect(code).toBe(1);
      expect(err).toContain("is no data folder of minigolem");
    }
    expect(existsSync(join(folder, "data", "components", "Button.tsx"))).toBe(true);
  });

  test("warns when other machines can reach it", async () => {
    const { url, child, ended } = serve("--router-addr", "0.0.0.0");
    await url;
    child.kill("SIGTERM");
    expect((await ended).err).toMatch(/everybody who reaches 0\.0\.0\.0 can read .* no authentication/);
  });

  test("keeps what Node loads before it out of the components' threads", async () => {
    const early = `import fs from "node:fs"; import { workerData } from "node:worker_threads"; if (workerData?.signal) fs.writeSync(2, "early");`;
    const loader = `data:text/javascript,${encodeURIComponent(early)}`;
    const { url, child, ended } = node("--import", loader, cli, ...serveArgs());
    const id = await upload(await url);
    const where = `${await url}/v1/components/${id}/workers/alice`;
    const call = encodeURIComponent("test:survivor-exports/api.{count}");
    const called = await fetch(`${where}/invoke-and-await?function=${call}`, {
      method: "POST",
      body: '{"params":[]}',
      headers: { "content-type": "application/json" },
    });
    expect(called.status).toBe(200);
    child.kill("SIGTERM");
    expect((await ended).err).toBe("");
  });

  test("refuses a port in use", async () => {
    const first = serve();
    const { port } = new URL(await first.url);
    const other = minigolem("serve", "--router-port", port, "--data-dir", join(folder, "other"));
    const { code, err } = await other.ended;
    expect(code).toBe(1);
    expect(err).toContain(`minigolem: port ${port} of 127.0.0.1 is in use`);
  });

  test.each([
    [["--router-port", "x"], "Expected a whole number from 0 to 65535"],
    [["--router-port", "65536"], "Expected a whole number from 0 to 65535"],
    [["--time", "slow"], "Allowed choices are real, virtual"],
    [["--port", "9"], "unknown option '--port'"],
    [["--quiet", "--verbose"], "cannot be used with option"],
  ])("refuses %j, and refers to the help", async (flags, message) => {
    const { code, err } = await minigolem("serve", ...flags).ended;
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).toContain("minigolem serve --help");
  });

  test("the help lists the options", async () => {
    expect((await minigolem("serve", "--help").ended).out).toContain("--router-port <port>");
  });

  test.skipIf(!existsSync("/proc/self"))("refuses a data folder that cannot be made, and does not hang", async () => {
    const { code, err } = await minigolem("serve", "--router-port", "0", "--data-dir", "/proc/minigolem/data").ended;
    expect(code).toBe(1);
    expect(err).toMatch(/cannot use \/proc\/minigolem\/data as data folder: /);
  });

  test.each([
    ["in one line each", [], true, false],
    ["with --verbose more", ["--verbose"], true, true],
    ["with --quiet not at all", ["--quiet"], false, false],
  ] as const)("logs what happens, %s", async (_, flags, logs, more) => {
    const upstream = createServer((_, response) => response.writeHead(503).end("down"));
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
    const service = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
    const { url, child, ended } = serve("--time", "virtual", ...flags);
    const base = await url;
    const id = await upload(base);
    const call = (name: string, ...params: unknown[]) =>
      fetch(`${base}/v1/components/${id}/workers/alice/invoke-and-await?function=test:survivor-exports/api.{${name}}`, {
        method: "POST",
        body: JSON.stringify({ params: params.map((value) => ({ value })) }),
        headers: { "content-type": "application/json" },
      });
    expect((await call("count")).status).toBe(200);
    expect((await call("ask-each", [service])).ok).toBe(false);
    child.kill("SIGTERM");
    const { out, err } = await ended;
    upstream.close();
    expect(err).toBe("");
    const lines = out
      .split("\n")
      .slice(2)
      .map((line) => line.replace(/^[\d:]{8} /, ""));
    if (!logs) return expect(lines.join("")).toBe("");
    expect(lines[0]).toBe("survivor  uploaded, version 0");
    expect(lines.some((line) => /^survivor\/alice {2}call test:survivor-exports\/api\.\{count\}/.test(line))).toBe(
      true,
    );
    expect(lines.filter((line) => /^survivor\/alice {2}retry in 1\d\d ms: .*503/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^survivor\/alice {2}failed: .*503/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /^survivor\/alice {2}stderr: .*503/.test(line)).length).toBeGreaterThan(0);
    expect(lines.some((line) => line.includes("answered test:survivor-exports/api.{count}"))).toBe(more);
  });
});
