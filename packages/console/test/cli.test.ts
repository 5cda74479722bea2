import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, openLab, order } from "./lab.js";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

describe("golem-console in a terminal", { timeout: 120_000 }, () => {
  let lab: Lab;
  let folder: string;
  beforeAll(async () => {
    lab = await openLab();
    folder = mkdtempSync(join(tmpdir(), "golem-console-"));
    lab.upstream.on("/orders/7").fails(1, 503).then(order);
    await (await lab.worker("alice")).invoke("fetch-order", "7");
  }, 60_000);
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]) {
    const env = { ...process.env, NO_COLOR: "1", GOLEM_URL: lab.golem.url };
    const child = spawn(process.execPath, [cli, ...args], { env });
    const printed = { out: "", err: "" };
    child.stdout.on("data", (data) => {
      printed.out += data;
    });
    child.stderr.on("data", (data) => {
      printed.err += data;
    });
    const ended = new Promise<{ code: number | null; out: string; err: string }>((done, failed) => {
      child.on("close", (code) => {
        const sentences = !/^\s+at /m.test(printed.err); // Node prints a stack trace of an error that nobody waited for
        if (sentences) done({ code, ...printed });
        else failed(new Error(printed.err));
      });
    });
    return { child, printed, ended };
  }
  const run = (...args: string[]) => start(...args).ended;

  test("show: the timeline, and what comes next", async () => {
    const { code, out } = await run("show", "http-caller/alice");
    expect(code).toBe(0);
    expect(out).toMatch(/GET \/orders\/7 +503/);
    expect(out).toMatch(/GET \/orders\/7 +200/);
    expect(out).toContain("Idle, 1 retry so far. In force: 3 retries, 100ms ×3 ≤ 1s (server's own).");
  });

  test("show: a worker that waits, up to now", async () => {
    lab.upstream.on("/orders/late").fails(9, 503).then(order);
    const worker = await lab.worker("waits");
    await worker.invokeAsync("fetch-order", "late");
    await lab.upstream.requested("/orders/late", 4);
    let out = "";
    const look = async () => {
      out = (await run("show", "http-caller/waits")).out;
      return out;
    };
    await expect.poll(look, { timeout: 20_000 }).toMatch(/so far, planned [48] s[\s\S]*Next retry: in/);
    const ms = (found: RegExpExecArray | null) => Number(found?.[1]) * (found?.[2] === "s" ? 1000 : 1);
    const planned = ms(/so far, planned ([48]) (s)/.exec(out));
    const waited = ms(/then ([\d.]+) (s|ms) so far/.exec(out));
    const left = ms(/Next retry: in ([\d.]+) (s|ms)/.exec(out));
    expect(waited).toBeGreaterThan(0);
    expect(Math.abs(planned - waited - left)).toBeLessThan(1500); // by the clocks of two processes
  });

  test("show: why a worker failed, and where", async () => {
    const broken = lab.client.worker(lab.componentId, "broken");
    await broken.create({ env: {} });
    await broken.invoke("fetch-order-replayed", "7").catch(() => {});
    const { out } = await run("show", "http-caller/broken");
    expect(out).toMatch(/^Failed: ORDERS_URL is not set.*\n {2}at src\/main\.ts:\d+:\d+\n/m);
    expect(out).not.toContain("<wasm function");
  });

  test("show: as a page, as a picture, as JSON", async () => {
    const [html, svg] = [join(folder, "alice.html"), join(folder, "alice.svg")];
    const { code, out } = await run("show", "http-caller/alice", "--html", html, "--svg", svg, "--json");
    expect(code).toBe(0);
    expect(readFileSync(html, "utf8")).toMatch(/^<!doctype html>[\s\S]*\/orders\/7/);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    const found = JSON.parse(out);
    expect(found).toMatchObject({ worker: { status: "Idle" }, outlook: { retries: 1, decider: { by: "server" } } });
    expect(found.timeline.invocations[0].executions).toHaveLength(2);
  });

  test("show --follow: draws what is new, says when the worker is gone; Ctrl-C ends it", async () => {
    lab.upstream.on("/orders/9").fails(3, 503).then(order);
    const worker = await lab.worker("bob");
    const following = start("show", "http-caller/bob", "--follow");
    const interrupted = start("show", "http-caller/bob", "--follow");
    await worker.invoke("fetch-order", "9");
    await expect.poll(() => following.printed.out, { timeout: 30_000 }).toMatch(/Idle, 3 retries so far/);
    expect(following.printed.out).toMatch(/Next retry: (in \d|now)/);

    await expect.poll(() => interrupted.printed.out, { timeout: 30_000 }).toContain("Idle");
    interrupted.child.kill("SIGINT");
    expect(await interrupted.ended).toMatchObject({ code: 0, err: "" });

    await worker.delete();
    expect(await following.ended).toMatchObject({ code: 0, err: "" });
    expect(following.printed.out).toContain("http-caller/bob has been deleted.");
  });

  test("list: status, retries so far, next retry, policy", async () => {
    lab.upstream.on("/orders/down").fails(9, 503).then(order);
    const worker = await lab.worker("carol");
    await worker.invokeAsync("fetch-order", "down");
    await lab.upstream.requested("/orders/down", 3); // it waits for two seconds now
    await expect
      .poll(async () => (await run("list", "http-caller", "--name", "carol")).out, { timeout: 40_000 })
      .toMatch(
        /^http-caller\/carol +Running +[234] +in [\d.]+ m?s +5 retries \(durable step, retry [345] comes next\)$/m,
      );
    const all = await run("list");
    expect(all.out).toMatch(/^http-caller\/alice +Idle +1 +3 retries, 100ms ×3 ≤ 1s \(server's own\)$/m);
    expect(JSON.parse((await run("list", "--status", "Idle", "--json")).out)).toContainEqual(
      expect.objectContaining({ component: "http-caller", outlook: expect.objectContaining({ retries: 1 }) }),
    );
    expect((await run("list", "--limit", "1")).out).toContain("These are the first 1.");
  });

  test("list: a plain override decides by itself, and the wait is Golem's", async () => {
    lab.upstream.on("/orders/gone").fails(1, 503).then(order);
    const worker = await lab.worker("dave");
    await worker.invokeAsync("fetch-order-replayed", "gone"); // waits 500 ms twice, 1 s, 2 s, 4 s
    await expect
      .poll(async () => (await run("list", "--name", "dave")).out, { timeout: 40_000 })
      .toMatch(
        /^http-caller\/dave +Retrying +[1-4] +in [\d.]+ m?s +5 retries, 500ms ×2 ≤ 10s \(set by the component\)$/m,
      );
  });

  test.each([
    [["show", "alice"], /"alice" names no worker. Write <component>\/<worker>/],
    [["show", "nothing/alice"], /There is no component "nothing" at http.* There is http-caller\./],
    [["show", "http-caller/nobody"], /http-caller has no worker "nobody" at http.* There is alice/],
    [["show", "http-caller/alice", "--svg", "/nowhere/at/all.svg"], /\/nowhere\/at\/all.svg cannot be written/],
    [["show", "http-caller/alice", "--golem", "http://127.0.0.1:1"], /no answer from http:\/\/127.0.0.1:1/],
    [["show", "http-caller/alice", "--golem", "nonsense"], /url is "nonsense": expected something like/],
    [["list", "--status", "Tired"], /Allowed choices are Running/],
    [["--port", "many"], /Expected a whole number/],
  ])("%j ends with a sentence, not with a stack trace", async (args, sentence) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(sentence);
  });
});
