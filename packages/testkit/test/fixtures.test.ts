import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const here = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const component = join(root, "packages/minigolem/test/component");

/** A folder like an app's, with one test or demo of its own, run as its user would. */
async function run(
  file: string,
  source: string,
  command: string[],
  given: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const folder = mkdtempSync(join(here, "test/app-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    symlinkSync(join(component, "dist"), join(folder, "dist"));
    writeFileSync(join(folder, file), source);
    return await new Promise((done) => {
      const [program = "", ...args] = command;
      const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...given };
      execFile(join(root, "node_modules/.bin", program), args, { cwd: folder, env }, (error, stdout, stderr) =>
        done({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, output: stdout + stderr }),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asTest = (body: string) => `import { expect, test } from "golem-testkit";
test("it", async ({ golem, upstream }) => {
  const worker = await golem.worker("component");
${body}
});`;
const vitest = (body: string) => run("it.test.ts", asTest(body), ["vitest", "run", "--root", "."]);

describe("the fixtures", () => {
  test("an engine, an upstream and a worker; the clock is virtual", async () => {
    const { code, output } = await vitest(`
      upstream.on("/a").then("one");
      expect(await worker.invoke("ask-each", [upstream.url + "/a"])).toEqual(["one"]);
      expect(await worker.invoke("pause", 86400000)).toBe(86400000);
      expect(golem.time).toBeDefined();
      expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);`);
    expect(output).toMatch(/1 passed/);
    expect(code).toBe(0);
  }, 90_000);

  test("a failed test shows what its workers did", async () => {
    const { code, output } = await vitest(`
      upstream.on("/a").fails(1).then("one");
      await worker.invoke("ask-each", [upstream.url + "/a"]);`);
    expect(code).toBe(1);
    expect(output).toMatch(/GET \/a {3}503/);
    expect(output).toMatch(/failed: the policy allows no further retry/);
  }, 90_000);

  test("a failed matcher shows the timeline, with the function's name, and the test does not show it again", async () => {
    const { code, output } = await vitest(`
      upstream.on("/a").fails(1).then("one");
      await worker.invoke("ask-each", [upstream.url + "/a"]).catch(() => {});
      expect(await worker.oplog()).toHaveRetriedWith({ ...golem.defaultPolicy, retries: 9 });`);
    expect(code).toBe(1);
    expect(output.match(/GET \/a {3}503/g)).toHaveLength(1);
    expect(output).toMatch(/^\s*ask-each$/m);
  }, 90_000);

  test("a hazard fails a test, unless it is expected; and so does one that is expected and not there", async () => {
    const hazardous = `
      upstream.on("/a").fails(6).then("one");
      expect(await worker.invoke("ask-all", [upstream.url + "/a"], 10)).toEqual(["one"]);`;
    const surprised = await vitest(hazardous);
    expect(surprised.output).toMatch(
      /hazard region-without-bound: .* \(or golem.expectHazard\("region-without-bound"\)\)/,
    );
    expect(surprised.code).toBe(1);
    expect((await vitest(`golem.expectHazard("region-without-bound");${hazardous}`)).code).toBe(0);
    const missing = await vitest(`golem.expectHazard("unread-response"); await worker.invoke("count");`);
    expect(missing.output).toMatch(/the expected hazard unread-response was not there/);
    expect(missing.code).toBe(1);
  }, 120_000);

  test("a component that was not built: says which file, and what to do", async () => {
    const { output } = await vitest(`await golem.worker("nobody");`);
    expect(output).toMatch(/dist\/nobody\.wasm is missing: build it with npm run build/);
  }, 90_000);
});

describe("a demo", () => {
  const demo = (claim: string) => `import { demo } from "golem-testkit/demo";
await demo("sample", {}, async ({ golem, upstream, run, check }) => {
  upstream.on("/a").then("one");
  const worker = await golem.worker("component");
  const answer = await run({ title: "a title", text: "What to see.", worker }, () => worker.invoke("ask-each", [upstream.url + "/a"]));
  check("the answer came", answer, ["${claim}"]);
});`;

  test("tells the story, checks it, and ends with 0", async () => {
    const { code, output } = await run("demo.ts", demo("one"), ["tsx", "demo.ts"]);
    expect(output).toMatch(/execution 1: GET \/a → 200/);
    expect(output).toMatch(/✓ the answer came/);
    expect(output).toMatch(/the pictures: .*report\.html/);
    expect(code).toBe(0);
  }, 90_000);

  test("ends with 1 when something is not as it says", async () => {
    const { code, output } = await run("demo.ts", demo("two"), ["tsx", "demo.ts"]);
    expect(output).toMatch(/✗ the answer came/);
    expect(code).toBe(1);
  }, 90_000);

  test("says in one line that no server is there", async () => {
    const { code, output } = await run("demo.ts", demo("one"), ["tsx", "demo.ts"], { GOLEM_URL: "http://127.0.0.1:1" });
    expect(output).toMatch(/^sample: .*no answer from http:\/\/127\.0\.0\.1:1 .*start a server there.*\n$/);
    expect(code).toBe(1);
  }, 90_000);
});
