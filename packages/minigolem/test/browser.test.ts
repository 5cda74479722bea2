import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Minigolem, startMinigolem } from "../dist/index.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const there = existsSync(executablePath);
if (!there)
  console.warn(
    `SKIPPED: no browser at ${executablePath}. apt-get install chromium, or set CHROMIUM, to attack by a page.`,
  );

/** What a page of another origin may try. Each gives what it got hold of, or why it did not. */
const attacks: Record<string, (url: string, id: string) => Promise<string>> = {
  async "reads the components"(url) {
    return (await fetch(`${url}/v1/components`)).text();
  },
  async "uploads a component without asking"(url) {
    const form = new FormData();
    form.append("name", "planted");
    form.append("component", new Blob([new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])]), "component");
    return (await fetch(`${url}/v1/components`, { method: "POST", mode: "no-cors", body: form })).type;
  },
  async "makes a worker without asking"(url, id) {
    const body = '{"name":"planted","args":[],"env":{}}';
    const path = `${url}/v1/components/${id}/workers`;
    await fetch(path, { method: "POST", mode: "no-cors", body });
    return (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body })).text();
  },
  async "deletes a worker"(url, id) {
    return (await fetch(`${url}/v1/components/${id}/workers/victim`, { method: "DELETE" })).text();
  },
  "opens a WebSocket": (url, id) =>
    new Promise((done) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/v1/components/${id}/workers/victim/connect`);
      socket.onopen = () => done("open");
      socket.onerror = () => done("refused");
    }),
  "sends a form": (url) =>
    new Promise((done) => {
      const frame = document.createElement("iframe");
      frame.name = "sink";
      frame.onload = () => done("loaded");
      document.body.append(frame);
      const form = document.createElement("form");
      Object.assign(form, {
        action: `${url}/v1/components`,
        method: "post",
        enctype: "multipart/form-data",
        target: "sink",
      });
      form.innerHTML = '<input name="name" value="planted"><input name="component" value="x">';
      document.body.append(form);
      form.submit();
      setTimeout(() => done("sent"), 1000);
    }),
};

describe.skipIf(!there)("a hostile page", { timeout: 120_000 }, () => {
  let folder: string;
  let golem: Minigolem;
  let hostile: Server;
  let browser: Browser;
  let id: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "minigolem-browser-"));
    golem = await startMinigolem({ dataDir: join(folder, "data") });
    const form = new FormData();
    form.append("name", "empty");
    form.append("component", new Blob([Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)]), "component");
    const made = await (await fetch(`${golem.url}/v1/components`, { method: "POST", body: form })).json();
    id = made.versionedComponentId.componentId;
    await fetch(`${golem.url}/v1/components/${id}/workers`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"victim","args":[],"env":{"SECRET":"s3cret"}}',
    });
    hostile = createServer((_, response) => response.setHeader("content-type", "text/html").end("<body>win a prize"));
    await new Promise<void>((listening) => hostile.listen(0, "127.0.0.1", listening));
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.example 127.0.0.1"],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    hostile?.close();
    await golem?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const untouched = async () => {
    const components = await (await fetch(`${golem.url}/v1/components`)).json();
    expect(components.map((found: { componentName: string }) => found.componentName)).toEqual(["empty"]);
    const { workers } = await (await fetch(`${golem.url}/v1/components/${id}/workers`)).json();
    expect(workers.map((found: { workerId: { workerName: string } }) => found.workerId.workerName)).toEqual(["victim"]);
  };
  const open = async (name: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(`http://${name}:${(hostile.address() as AddressInfo).port}/`);
    return page;
  };

  test.each(["evil.example", "127.0.0.1"])("of %s gets nothing and changes nothing", async (name) => {
    const page = await open(name);
    for (const [what, attack] of Object.entries(attacks)) {
      const run = `(${attack.toString().replace(/^async "[^"]+"/, "async function ")})(${JSON.stringify(golem.url)}, ${JSON.stringify(id)})`;
      const got = await page.evaluate(run).catch((error: Error) => error.message);
      expect(String(got), what).toMatch(/Failed to fetch|NetworkError|opaque|refused|loaded|sent/);
      await untouched();
    }
    await page.close();
  });

  test("whose name resolves to minigolem's address gets nothing", async () => {
    const page = await browser.newPage();
    const answer = await page.goto(`http://rebound.example:${golem.port}/v1/components`);
    expect(answer?.status()).toBe(403);
    expect(await page.content()).not.toContain("empty");
    const tried = await page.evaluate(
      `fetch("/v1/components/${id}/workers/victim", { method: "DELETE" }).then((answer) => answer.status)`,
    );
    expect(tried).toBe(403);
    await untouched();
    await page.close();
  });

  test("and its own page is answered", async () => {
    const page = await browser.newPage();
    await page.goto(`${golem.url}/v1/components`);
    const [read, wrote] = (await page.evaluate(`Promise.all([
      fetch("/v1/components").then((answer) => answer.status),
      fetch("/v1/components/${id}/workers/nobody", { method: "DELETE" }).then((answer) => answer.status)])`)) as number[];
    expect([read, wrote]).toEqual([200, 200]);
    await page.close();
  });
});
