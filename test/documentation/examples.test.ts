import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import {
  commands,
  difference,
  type Example,
  examples,
  excerpt,
  masked,
  notInFile,
  runTests,
  scratch,
  unfounded,
} from "./examples.js";
import { pages, runsHere } from "./pages.js";
import { standIns } from "./stand-ins.js";

const all = pages();
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const shown = all
  .filter(runsHere)
  .flatMap(examples)
  .filter(({ source }) => hasCurl || source.language !== "bash");
if (!hasCurl) console.warn("!! SKIPPED: the scripts of the guide need curl. Install it, then run npm run verify again");
for (const { path } of all.filter((page) => !runsHere(page)))
  console.warn(
    `!! SKIPPED: what ${path} tells to run needs Python 3.10 or later with venv. Then run PYTHON=python3 npm run verify`,
  );
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.concurrent.each(shown.map((example) => [example.place, example] as const))(
  "%s does what the page says (renew with npm run docs)",
  async (_, example) => {
    const found = await difference(example);
    expect(found?.printed).toBe(found?.shown);
  },
  600_000, // on a machine that is busy with builds; it waits for nothing
);

test("nothing is shown as output that no command prints, nor as a file's that is not in it", () => {
  expect(all.flatMap(unfounded)).toEqual([]);
  expect(all.flatMap(notInFile)).toEqual([]);
});

test("each stand-in is needed: a page has its command", () => {
  const told = shown.flatMap(({ source }) => (source.language === "sh" ? commands(source) : []));
  const idle = standIns.filter(({ instead }) => !told.some(({ command }) => instead.test(command)));
  expect(idle.map(({ instead }) => String(instead))).toEqual([]);
  expect(standIns.length).toBeLessThanOrEqual(5);
});

describe("the checks find what is wrong", () => {
  const block = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\`\n`;
  const page = (...blocks: string[]) => ({ path: "docs/x.md", text: blocks.join("\n") });
  const only = (...blocks: string[]) => examples(page(...blocks))[0] as Example;

  test("an output that is another, a command that fails, one that should and does not", async () => {
    expect(await difference(only(block("sh", "echo one; echo two"), block("text", "two")))).toBeUndefined();
    expect(await difference(only(block("sh", "echo one; echo two"), block("text", "on")))).toMatchObject({
      shown: "on",
    });
    expect(await difference(only(block("sh", "exit 3 # fails")))).toBeUndefined();
    await expect(difference(only(block("sh", "exit 4")))).rejects.toThrow("exit 4 failed");
    await expect(difference(only(block("sh", "exit 0 # fails")))).rejects.toThrow("should fail");
  });

  test("a script that prints something else, or breaks", async () => {
    const script = (value: string) =>
      block("ts", `import { presets } from "golem-retry/policy";\nconsole.log(${value});`);
    expect(await difference(only(script("presets.none.retries"), block("text", "0")))).toBeUndefined();
    expect(await difference(only(script("presets.none.retries"), block("text", "1")))).toMatchObject({ printed: "0" });
    await expect(difference(only(script("presets.nine.retries")))).rejects.toThrow("TypeError");
  }, 60_000);

  test("a test that fails", async () => {
    const failing = block("ts", 'import { expect, test } from "golem-testkit";\ntest("x", () => expect(1).toBe(2));');
    await expect(runTests([only(failing).source])).rejects.toThrow("expected 1 to be 2");
  }, 60_000);

  test("an output of nothing, a file that says otherwise", () => {
    expect(unfounded(page(block("text", "so it is")))).toEqual([expect.stringContaining("docs/x.md:1")]);
    expect(unfounded(page(block("", "so it is")))).toEqual([expect.stringContaining("docs/x.md:1")]);
    expect(notInFile(page(block("text LICENSE", "Apache Licence")))).toMatchObject([{ line: 1, info: "LICENSE" }]);
  });

  test("a renewed output keeps its length", () => {
    const printed = "before\n  12 ms  first\nnew\nlast\nafter";
    expect(excerpt(printed, "  9 ms  first\nold\nlast\n")).toBe("  12 ms  first\nnew\nlast");
    expect(excerpt(printed, "gone\nlast\n")).toBe(printed);
    expect(excerpt("one\nok\ntwo\nok\nend", "one\nok\n2\nok\n")).toBe("one\nok\ntwo\nok");
    expect(excerpt("one\nok\ntwo\nok\nend", "one\nok\n")).toBe("one\nok");
  });

  test("only what was measured is masked", () => {
    expect(masked(" 97 ms  execution 1")).toBe(masked("1.2 s  execution 1"));
    expect(masked("trap, then 501 ms, planned 500 ms")).not.toBe(masked("trap, then 501 ms, planned 600 ms"));
    expect(masked("was restored 2 ms before the trap")).toBe(masked("was restored just before the trap"));
    expect(masked("3 retries, 100ms ×3 ≤ 1s")).not.toBe(masked("3 retries, 100ms ×3 ≤ 2s"));
    expect(masked("trap, then 501 ms of durable sleep")).toBe(masked("trap, then 9 ms of durable sleep"));
  });
});
