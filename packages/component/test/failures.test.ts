import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildComponent } from "../src/index.js";

/** The message of a failing build, with paths relative to the component's folder. */
async function failure(name: string): Promise<string> {
  const dir = join(import.meta.dirname, "components", name);
  const error = await buildComponent({ dir }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error?.name).toBe("BuildError");
  return (error?.message ?? "").replaceAll(`test/components/${name}/`, "");
}

describe("TypeScript", () => {
  test("a syntax error", async () => {
    expect(await failure("syntax-error")).toMatchInlineSnapshot(`
      "main.ts:2:20: Expression expected. (TS1109)
        2 |   run: () => \`\${1 +}\`,
                               ^"
    `);
  });

  test("a type error", async () => {
    expect(await failure("type-error")).toMatchInlineSnapshot(`
      "main.ts:1:7: Type 'string' is not assignable to type 'number'. (TS2322)
        1 | const count: number = "three";
                  ^"
    `);
  });

  test("a global of Node", async () => {
    expect(await failure("node-global")).toMatchInlineSnapshot(`
      "main.ts:1:33: Cannot find name 'process'. (TS2591)
        1 | export const api = { run: () => process.env.HOME ?? "" };
                                            ^
      A component does not run in Node; it has web APIs and what its world imports (environment: wasi:cli/environment)."
    `);
  });

  test("an interface that the world doesn't import", async () => {
    expect(await failure("not-imported")).toMatchInlineSnapshot(`
      "main.ts:1:32: Cannot find module 'wasi:cli/environment@0.2.0' or its corresponding type declarations. (TS2307)
        1 | import { getEnvironment } from "wasi:cli/environment@0.2.0";
                                           ^
      Add "import wasi:cli/environment@0.2.0;" to world not-imported in wit/main.wit."
    `);
  });
});

describe("exports", () => {
  test("an interface that isn't exported", async () => {
    expect(await failure("missing-interface")).toMatchInlineSnapshot(`
      "main.ts: no export "api", which world missing-interface exports
      Add to main.ts: export const api: Guest<typeof import("test:missing-interface-exports/api")> = { run(…) {…} };"
    `);
  });

  test("a function that its object lacks", async () => {
    expect(await failure("missing-function")).toMatchInlineSnapshot(`
      "main.ts:3:14: "api" has no function "runTwice", which interface test:missing-function-exports/api declares
        3 | export const api = { run };
                         ^
      Add runTwice to it: (times: number) => string"
    `);
  });
});

describe("exports of the world", () => {
  test("an interface that the world exports no more: one problem, where the world is", async () => {
    expect(await failure("export-removed")).toMatchInlineSnapshot(`
      "wit/main.wit:7:1: world export-removed does not export interface "api", which the source implements
        7 | world export-removed {
            ^
      Add "export api;" to world export-removed in wit/main.wit."
    `);
  });

  test("a near miss of its name", async () => {
    expect(await failure("export-misspelt")).toMatchInlineSnapshot(`
      "wit/main.wit:7:1: world export-misspelt does not export interface "order", which the source implements
        7 | world export-misspelt {
            ^
      Did you mean "test:export-misspelt-exports/orders"?"
    `);
  });
});

describe("WIT", () => {
  test("a misspelt keyword", async () => {
    expect(await failure("wit-misspelt")).toMatchInlineSnapshot(`
      "wit/main.wit:4:3: expected ':', found an identifier
        4 |   recrod order {
              ^
      Did you mean "record"?"
    `);
  });

  test("text that is no WIT", async () => {
    expect(await failure("wit-syntax")).toMatchInlineSnapshot(`
      "wit/main.wit:4:15: expected an identifier or string, found \`->\`
        4 |   run: func( -> string;
                          ^"
    `);
  });

  test("a type that nobody declares", async () => {
    expect(await failure("wit-unknown-type")).toMatchInlineSnapshot(`
      "wit/main.wit:4:18: name \`strin\` does not exist
        4 |   run: func() -> strin;
                             ^
      Did you mean "string"?"
    `);
  });

  test("an import that no package has", async () => {
    expect(await failure("wit-unknown-import")).toMatchInlineSnapshot(`
      "wit/main.wit:8:20: interface 'hosts' not found in package 'golem:api@1.1.0'
        8 |   import golem:api/hosts@1.1.0;
                               ^
      Did you mean "host"? Packages that can be imported are in ../../wit/deps."
    `);
  });

  test("an import where there are no packages", async () => {
    const dir = await mkdtemp(join(tmpdir(), "golem-component-"));
    try {
      await cp(join(import.meta.dirname, "components", "wit-unknown-import"), dir, { recursive: true });
      await expect(buildComponent({ dir })).rejects.toThrow(
        /package 'golem:api@1\.1\.0' not found\.\n[\s\S]*\nThere is no wit\/deps here or further up to import packages from\.$/,
      );
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test("an import of a package that the world lacks", async () => {
    expect(await failure("package-not-imported")).toMatchInlineSnapshot(`
      "wit/main.wit:7:1: a package that is used imports wasi:cli/environment@0.2.0, which world package-not-imported does not
        7 | world package-not-imported {
            ^
      Add "import wasi:cli/environment@0.2.0;" to the world."
    `);
  });

  test("a world that isn't there", async () => {
    const dir = join(import.meta.dirname, "components", "two-worlds");
    await expect(buildComponent({ dir, world: "third" })).rejects.toThrow(
      'package test:two-worlds has no world "third"\nIt has: first, second.',
    );
  });

  test("two worlds", async () => {
    expect(await failure("two-worlds")).toMatchInlineSnapshot(`
      "wit/main.wit:11:1: which world? There are first and second
        11 | world second {
             ^
      Keep one, or choose: golem-component build --world first"
    `);
  });
});

describe("code that runs at build time", { timeout: 300_000 }, () => {
  test("a call of the host, in another file", async () => {
    expect(await failure("host-at-top")).toMatchInlineSnapshot(`
      "policy.ts:3:20: getRetryPolicy is called while the module loads, at build time: there is no host yet
        3 | const read = () => getRetryPolicy();
                               ^
      Move the call into an exported function."
    `);
  });

  test("randomness", async () => {
    expect(await failure("random-at-top")).toMatchInlineSnapshot(`
      "main.ts:5:27: randomness is asked for while the module loads, at build time: each worker would get the same
        5 | const random = () => Math.random();
                                      ^
      Move the call into an exported function."
    `);
  });

  test("a policy that golem-retry refuses: a function would only hide it until a worker fails", async () => {
    expect(await failure("policy-at-top")).toMatchInlineSnapshot(`
      "main.ts:3:26: thrown while the module loads, at build time: RangeError: retryPolicy: retries is -1; allowed: a whole number
        3 |   if (retries < 0) throw new RangeError(\`retryPolicy: retries is \${retries}; allowed: a whole number\`);
                                     ^
      Correct the value. The build checks it here, so that no worker fails because of it."
    `);
  });

  test("an error", async () => {
    expect(await failure("throw-at-top")).toMatchInlineSnapshot(`
      "main.ts:6:9: thrown while the module loads, at build time: Error: no settings
        6 |   throw new Error("no settings");
                    ^
      The build runs the code outside of functions. Correct what throws. If it needs what only a worker has (its environment, the time, a service), move it into an exported function."
    `);
  });
});
