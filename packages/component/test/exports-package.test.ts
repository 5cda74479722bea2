import { expect, test } from "vitest";
import { splitExports } from "../src/wit/exports-package.js";

const split = (source: string) => splitExports(source, "main.wit");
const shown = (text: string | undefined) => text?.replace(/ +$/gm, "").replace(/\n+/g, "\n").trim();

test("moves exported interfaces to a package of their own, each line where it was", () => {
  const source = `package demo:orders@2.0.0;

/// Stays.
interface upstream { ask: func() -> string; }

interface api {
  type id = string;
  fetch: func(id: id) -> string;
}

world orders {
  import upstream;
  use api.{id};
  export api;
}
`;
  const { main, exports } = split(source);
  expect(shown(main)).toBe(
    `package demo:orders@2.0.0;
/// Stays.
interface upstream { ask: func() -> string; }
world orders {
  import upstream;
  use demo:orders-exports/api@2.0.0.{id};
  export demo:orders-exports/api@2.0.0;
}`,
  );
  expect(shown(exports?.text)).toBe(
    `package demo:orders-exports@2.0.0;
interface api {
  type id = string;
  fetch: func(id: id) -> string;
}`,
  );
  const line = (text = "", words = "") => text.split("\n").findIndex((one) => one.includes(words));
  expect(line(exports?.text, "fetch:")).toBe(line(source, "fetch:"));
  expect(line(main, "export ")).toBe(line(source, "export "));
});

test("gathers functions that a world exports by themselves in an interface", () => {
  const { main, exports } = split(`package demo:tool;
world tool {
  use wasi:clocks/wall-clock@0.2.0.{datetime};
  import golem:api/host@1.1.0;
  export now: func() -> datetime;
}
`);
  expect(shown(main)).toBe(`package demo:tool;
world tool {
  use wasi:clocks/wall-clock@0.2.0.{datetime};
  import golem:api/host@1.1.0;
export demo:tool-exports/tool-inline-functions;}`);
  expect(shown(exports?.text)).toBe(`package demo:tool-exports;
interface tool-inline-functions {
  use wasi:clocks/wall-clock@0.2.0.{datetime};
   now: func() -> datetime;
}`);
});

test("leaves a package alone that exports nothing of its own", () => {
  const source = "package demo:proxy;\nworld proxy { export wasi:http/incoming-handler@0.2.0; }\n";
  expect(split(source)).toMatchObject({ main: source, exports: undefined });
});

test("asks for a name where an interface is written inside the world", () => {
  expect(() => split("package demo:x;\nworld x {\n  export api: interface { run: func(); }\n}\n")).toThrow(
    "main.wit:3:3: an interface written inside the world is exported",
  );
});

test("refuses an exported interface that uses one that stays behind", () => {
  expect(() =>
    split(`package demo:x;
interface types { type id = string; }
interface api {
  use types.{id};
  run: func() -> id;
}
world x { export api; }
`),
  ).toThrow('main.wit:4:3: "api" is exported and uses "types", which is not');
});
