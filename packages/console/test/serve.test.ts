import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { startMinigolem } from "minigolem";
import { expect, test } from "vitest";
import { serveConsole, webFolder } from "../dist/index.js";

/** As `fetch`, with headers that `fetch` doesn't let one set. */
function ask(
  url: string,
  method: string,
  headers: Record<string, string> = {},
): Promise<{ status?: number; body: string }> {
  return new Promise((done, failed) => {
    const asked = request(url, { method, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (data) => {
        body += data;
      });
      answer.on("end", () => done({ status: answer.statusCode, body }));
    });
    asked.on("error", failed).end();
  });
}

test("serves the pages, and forwards /v1 to the server", async () => {
  await using golem = await startMinigolem();
  await using web = await serveConsole({ golem: golem.url });
  expect((await ask(`${web.url}/`, "GET")).body).toContain("<title>Golem console</title>");
  expect((await ask(`${web.url}/playground.html`, "GET")).status).toBe(200);
  expect((await ask(`${web.url}/../package.json`, "GET")).status).toBe(404);
  expect(await ask(`${web.url}/v1/components`, "GET")).toEqual({ status: 200, body: "[]" });
  expect((await ask(`${web.url}/v1/components/nonsense`, "GET")).status).toBe(400);
});

test("a page of another origin, or a name that was made to point here, reaches nothing", async () => {
  await using golem = await startMinigolem();
  await using web = await serveConsole({ golem: golem.url });
  const path = `${web.url}/v1/components`;
  expect((await ask(path, "GET", { origin: "https://example.org" })).status).toBe(403);
  expect((await ask(path, "POST", { origin: golem.url })).status).toBe(403);
  expect((await ask(path, "GET", { host: "example.org" })).status).toBe(403);
  expect((await ask(path, "GET", { origin: web.url })).status).toBe(200);
});

test("a server that is not there is told of in a sentence", async () => {
  await using web = await serveConsole({ golem: "http://127.0.0.1:1" });
  const { status, body } = await ask(`${web.url}/v1/components`, "GET");
  expect(status).toBe(502);
  expect(body).toMatch(/There is no answer from http:\/\/127.0.0.1:1: .*--golem/);
});

test("a port that is taken is told of in a sentence", async () => {
  await using web = await serveConsole({ golem: "http://127.0.0.1:1" });
  const port = Number(new URL(web.url).port);
  await expect(serveConsole({ golem: "http://127.0.0.1:1", port })).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is in use.`,
  );
});

test("minigolem serves the same pages at /", async () => {
  await using golem = await startMinigolem({ pages: webFolder });
  expect((await ask(`${golem.url}/`, "GET")).body).toBe(readFileSync(`${webFolder}index.html`, "utf8"));
  expect((await ask(`${golem.url}/console.js`, "GET")).status).toBe(200);
  expect((await ask(`${golem.url}/nothing.js`, "GET")).status).toBe(404);
  expect((await ask(`${golem.url}/v1/components`, "GET")).body).toBe("[]");
});

test("the console is under 150 kB, and so is the playground", () => {
  const bytes = (name: string) => gzipSync(readFileSync(webFolder + name)).length;
  const files = readdirSync(webFolder).filter((name) => name !== "playground.html");
  expect(files.sort()).toEqual(["console.css", "console.js", "index.html"]);
  expect(files.reduce((sum, name) => sum + bytes(name), 0)).toBeLessThan(150_000);
  expect(bytes("playground.html")).toBeLessThan(150_000);
});
