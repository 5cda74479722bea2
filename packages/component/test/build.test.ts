import { appendFile, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentWit } from "@bytecodealliance/jco";
import { afterAll, beforeAll, expect, test } from "vitest";
import { currentComponent } from "../src/build.js";
import { BuildError, buildComponent, buildComponents } from "../src/index.js";

const deps = join(import.meta.dirname, "..", "..", "..", "wit", "deps");
let root: string;
let dir: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "golem-component-"));
  dir = join(root, "complete");
  await cp(join(import.meta.dirname, "components", "complete"), dir, {
    recursive: true,
    filter: (path) => !/(generated|dist)$/.test(path),
  });
  await cp(deps, join(dir, "wit", "deps"), { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("builds once, and again only when an input has changed", { timeout: 180_000 }, async () => {
  const steps: string[] = [];
  const [first] = await buildComponents([{ dir }], { progress: (name, step) => steps.push(`${name}: ${step}`) });
  expect(first).toEqual({ name: "complete", wasm: join(dir, "dist", "complete.wasm"), built: true, warnings: [] });
  expect(steps).toEqual(["WIT and types", "type check", "bundle", "component"].map((step) => `complete: ${step}`));

  const wit = await componentWit(await readFile(join(dir, "dist", "complete.wasm")));
  expect(wit).toContain("export test:complete-exports/api@1.2.0;");
  expect(wit).toContain("export test:complete-exports/complete-inline-functions@1.2.0;");

  const { mtimeMs } = await stat(join(dir, "dist", "complete.wasm"));
  const started = process.cpuUsage();
  expect((await buildComponent({ dir })).built).toBe(false);
  expect(process.cpuUsage(started).user).toBeLessThan(1_000_000); // microseconds; the toolchain alone takes more
  expect((await stat(join(dir, "dist", "complete.wasm"))).mtimeMs).toBe(mtimeMs);

  await appendFile(join(dir, "greeting.ts"), "// not only main.ts counts\n");
  expect((await buildComponent({ dir })).built).toBe(true);

  // The next ones are only looked at: a build takes seconds.
  for (const [file, text] of [
    ["wit/deps/wasi-io/poll.wit", "// nor only its own WIT\n"],
    ["golem.yaml", "components: {}\n"],
  ] as const) {
    expect(await currentComponent({ dir })).toBeDefined();
    const before = await readFile(join(dir, file), "utf8").catch(() => undefined);
    await appendFile(join(dir, file), text);
    expect(await currentComponent({ dir })).toBeUndefined();
    if (before === undefined) await rm(join(dir, file));
    else await writeFile(join(dir, file), before);
  }
});

test("processes tell what the build of each component tells", { timeout: 180_000 }, async () => {
  const wrong = join(import.meta.dirname, "components", "type-error");
  const other = join(import.meta.dirname, "components", "missing-function");
  const steps = new Set<string>();
  const there: string[] = [];
  const building = buildComponents([{ dir: wrong }, { dir: other }], {
    jobs: 2,
    progress: (name, step) => steps.add(`${name}: ${step}`),
    done: ({ name }) => there.push(name),
  });

  await expect(building).rejects.toThrow(BuildError);
  await expect(building).rejects.toThrow(/^.*type-error.main.ts:1:7: Type 'string' is not|missing-function/);
  // One failed at its type check. The other was stopped wherever it was.
  const whole = ["type-error", "missing-function"].filter((name) =>
    ["WIT and types", "type check"].every((step) => steps.has(`${name}: ${step}`)),
  );
  expect(whole).not.toEqual([]);
  expect(there).toEqual([]);
});
