import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

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

/** Bodies of tests, by their names. They run in one process, in the order given. */
const bodies = {
  "has an engine, an upstream and a worker": `
    upstream.on("/fine").then("one");
    expect(await worker.invoke("ask-each", [upstream.url + "/fine"])).toEqual(["one"]);
    expect(await worker.invoke("pause", 86400000)).toBe(86400000);
    expect(golem.time).toBeDefined();
    expect(await worker.oplog()).toEndUnder(golem.defaultPolicy);`,
  fails: `
    upstream.on("/fails").fails(1).then("one");
    await worker.invoke("ask-each", [upstream.url + "/fails"]);`,
  "fails in a matcher": `
    upstream.on("/matched").fails(1).then("one");
    await worker.invoke("ask-each", [upstream.url + "/matched"]).catch(() => {});
    expect(await worker.oplog()).toHaveRetriedWith({ ...golem.defaultPolicy, retries: 9 });`,
  "does not expect its hazard": `
    upstream.on("/surprise").fails(6).then("one");
    expect(await worker.invoke("ask-all", [upstream.url + "/surprise"], 10)).toEqual(["one"]);`,
  "expects its hazard": `
    golem.expectHazard("region-without-bound");
    upstream.on("/expected").fails(6).then("one");
    expect(await worker.invoke("ask-all", [upstream.url + "/expected"], 10)).toEqual(["one"]);`,
  "expects a hazard that is not there": `
    golem.expectHazard("unread-response");
    await worker.invoke("count");`,
  "has no component": `await golem.worker("nobody");`,
};

describe("the fixtures", () => {
  let output: string;
  let passed: Map<string, boolean>;
  beforeAll(async () => {
    const tests = Object.entries(bodies).map(
      ([name, body]) => `test(${JSON.stringify(name)}, async ({ golem, upstream }) => {
  const worker = await golem.worker("component");
${body}
});`,
    );
    const source = `import { expect, test } from "golem-testkit";\n${tests.join("\n")}`;
    const ran = await run("it.test.ts", source, ["vitest", "run", "--root", "."]);
    expect(ran.code).toBe(1);
    output = ran.output;
    passed = new Map(
      [...output.matchAll(/^ +([✓×]) (.*?)(?: +\d+ms)?$/gm)].map(([, mark, name = ""]) => [name, mark === "✓"]),
    );
  }, 90_000);

  test("an engine, an upstream and a worker; the clock is virtual", () => {
    expect(Object.fromEntries(passed)).toEqual({
      "has an engine, an upstream and a worker": true,
      fails: false,
      "fails in a matcher": false,
      "does not expect its hazard": false,
      "expects its hazard": true,
      "expects a hazard that is not there": false,
      "has no component": false,
    });
  });

  test("a failed test shows what its workers did", () => {
    expect(output).toMatch(/GET \/fails {3}503/);
    expect(output).toMatch(/failed: the policy allows no further retry/);
  });

  test("a failed matcher shows the timeline, with the function's name, and the test does not show it again", () => {
    expect(output.match(/GET \/matched {3}503/g)).toHaveLength(1);
    expect(output).toMatch(/^\s*ask-each$/m);
  });

  test("a hazard fails a test, unless it is expected; and so does one that is expected and not there", () => {
    expect(output).toMatch(/hazard region-without-bound: .* \(or golem.expectHazard\("region-without-bound"\)\)/);
    expect(output).toMatch(/the expected hazard unread-response was not there/);
  });

  test("a component that was not built: says which file, and what to do", () => {
    expect(output).toMatch(/dist\/nobody\.wasm is missing: build it with npm run build/);
  });
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
