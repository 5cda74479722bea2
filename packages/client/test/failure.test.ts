import { describe, expect, test } from "vitest";
import { failureOf } from "../src/index.js";

const backtrace = (words: string) =>
  `error while executing at wasm backtrace:\n    0: 0x8c1e57 - <unknown>!<wasm function 12639>\n    1: 0x8d7a30 - <unknown>!demo:app-exports/api#run: ${words}`;
const unreachable = "wasm trap: wasm `unreachable` instruction executed";

describe("what Golem tells of a failure", () => {
  test.each<[string, string, ReturnType<typeof failureOf>]>([
    [
      "an exception",
      `${backtrace(unreachable)}\n\nno URL\nStack:\n  ask@dist/app.js:9:5\n  async*run@dist/app.js:3:1\n  export_api$run@sources/initializer.js:1:2\n\nRedirecting call to abort() to mozalloc_abort\n\n`,
      { message: "no URL", places: ["dist/app.js:9:5", "dist/app.js:3:1"], engine: unreachable },
    ],
    [
      "an exception with its cause",
      `${backtrace(unreachable)}\n\nno URL\nStack:\n  giveUp@dist/app.js:9:5\n\nCaused by: no URL\nStack:\n  ask@dist/app.js:7:1\n\nCaused by: no variables\nStack:\n  env@dist/app.js:1:1\n\n`,
      { message: "no URL\nCaused by: no variables", places: ["dist/app.js:9:5"], engine: unreachable },
    ],
    [
      "a step that gave up",
      `${backtrace("Attempted to jump forward in oplog to index 4611686018427387905 from 9")}\n\nexecution 2 of 2 failed: Error: 503; retries used up\n\n`,
      { message: "execution 2 of 2 failed: Error: 503; retries used up", places: [], engine: undefined },
    ],
    ["the engine alone", backtrace(unreachable), { message: unreachable, places: [], engine: unreachable }],
    [
      "no backtrace",
      "Invocation not found",
      { message: "Invocation not found", places: [], engine: "Invocation not found" },
    ],
    [
      "Python",
      `${backtrace(unreachable)}\n\nTraceback (most recent call last):\n  File "app.py", line 7, in run\n    raise ValueError("no")\nValueError: no\n`,
      { message: "ValueError: no", places: [], engine: unreachable },
    ],
  ])("%s", (_, details, expected) => {
    expect(failureOf(details)).toEqual(expected);
  });

  test("the stack that counts is the last one, and what was said before it stays", () => {
    const details = `${backtrace(unreachable)}\n\nwarning\nStack:\n  a@dist/app.js:1:1\nthe end\nStack:\n  b@dist/app.js:2:2\n`;
    expect(failureOf(details, (stack) => [`source of ${stack.trim()}`])).toMatchObject({
      message: expect.stringMatching(/^warning[\s\S]*the end$/),
      places: ["source of b@dist/app.js:2:2"],
    });
  });
});
