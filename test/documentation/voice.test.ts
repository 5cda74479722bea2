import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GolemError } from "golem-client";
import { describe, expect, test } from "vitest";
import { pages, root } from "./pages.js";
import { run } from "./run.js";
import { incompleteProblems, thrownIn } from "./thrown.js";
import { commentsOf, complaints, messagesOf, ofPages, sentences } from "./voice.js";

const packages = readdirSync(join(root, "packages"));
const apps = readdirSync(join(root, "apps"));

test("pages can be read at once", () => {
  expect(ofPages(pages()).flatMap(complaints)).toEqual([]);
});

test.each(packages)("messages of packages/%s can be read at once", (name) => {
  expect(messagesOf(join(root, "packages", name)).flatMap(complaints)).toEqual([]);
});

test.each([...packages.map((name) => `packages/${name}`), ...apps.map((name) => `apps/${name}`)])(
  "docstrings and comments of %s can be read at once",
  (folder) => {
    expect(commentsOf(join(root, folder)).flatMap(complaints)).toEqual([]);
  },
);

test.each([
  "golem-component --help",
  "golem-component build --help",
  "minigolem --help",
  "minigolem serve --help",
  "golem-console --help",
  "golem-console show --help",
])(
  "%s can be read at once",
  async (command) => {
    const help = (await run(command)).replace(/\n(?= {2}\S)/g, "\n\n"); // a command or an option each
    expect(complaints({ where: command, text: help })).toEqual([]);
  },
  60_000,
);

/** The words by which a message says what to do, or what would be right. */
const remedy =
  /\b(?:allowed|expected|its fields|it has|it exports|Expected|It exports|Did you mean|Use|Take|take|Give|give|Write|Return|Correct|Pass|pass|Call|Await|await|Stop|stop|Choose|choose|choose|Name|Let|Install|Build|build|Upload|put back|start|free|say which|Invoking)\b/;

/** Texts that name no remedy, and why. */
const exceptions: readonly { file: string; text: RegExp; why: string }[] = [
  { file: "packages/retry/src/loop.ts", text: /^Golem did not jump back/, why: "no engine gets there" },
  { file: "packages/retry/src/trap.ts", text: /^Golem did not trap/, why: "no engine gets there" },
  {
    file: "packages/retry/src/errors.ts",
    text: /^x/,
    why: "the caller's own words, or how long the service asked to wait",
  },
  {
    file: "packages/retry/src/response-error.ts",
    text: /^x$/,
    why: "what a service answered: the component decides what to do",
  },
  {
    file: "packages/retry/src/execution.ts",
    text: /^x of x .*is over$/,
    why: "what happened, for the body that set the limit",
  },
  { file: "packages/retry/src/attempt.ts", text: /^x/, why: "the body's own words" },
  {
    file: "packages/component/src/snapshot/run.ts",
    text: /^unknown imported function/,
    why: "the build reads it, and says more",
  },
  { file: "packages/component/src/engine.ts", text: /^x/, why: "the engine's words, which the build reads" },
  {
    file: "packages/component/src/build-all.ts",
    text: /^x|^the process that builds/,
    why: "a process of ours died: its own output says why",
  },
  {
    file: "packages/component/src/guest/check.ts",
    text: /^x: x/,
    why: "test/check.test.ts of the package has its parts",
  },
  {
    file: "packages/console/src/cli.ts",
    text: /^Expected a whole/,
    why: "commander says before it which option has which value",
  },
  { file: "packages/testkit/src/index.ts", text: /^x/, why: "the words of hazards, which have a remedy of their own" },
];

describe("errors say what happened, where, and what to do", () => {
  const folders = ["retry", "client", "component", "console", "testkit", "timeline"].map(
    (name) => `packages/${name}/src`,
  );
  const ofEngine = ["clock.ts", "environment.ts", "oplog/folder.ts", "oplog/database.ts", "oplog/damage.ts"];
  const thrown = [...folders, ...ofEngine.map((file) => `packages/minigolem/src/${file}`)].flatMap(thrownIn);

  test.each(thrown)("$file:$line", ({ file, text }) => {
    if (exceptions.some((one) => one.file === file && one.text.test(text))) return;
    const what = text.slice(0, Math.max(0, text.search(remedy)));
    expect(what.length, `what happened, before ${text}`).toBeGreaterThan(8);
    expect(text, "where: the name, the value or the place").toMatch(/\bx\b|"|^\w+:|^this engine|\bexpect\b/);
    expect(text, "what to do").toMatch(remedy);
  });

  test("every exception is needed", () => {
    const useless = exceptions.filter(
      (one) => !thrown.some(({ file, text }) => one.file === file && one.text.test(text)),
    );
    expect(useless).toEqual([]);
  });

  test("the check finds a message without one of its parts", () => {
    expect("x is wrong").not.toMatch(remedy);
    expect("x is wrong. Use another").toMatch(remedy);
  });

  test("a build's problem has a place and a remedy, unless another tool words it", () => {
    const others = /^packages\/component\/src\/(?:bundle|check|manifest|problem|engine|wit\/locate|wit\/syntax)\.ts$/;
    expect(incompleteProblems("packages/component/src").filter(({ file }) => !others.test(file))).toEqual([]);
  });

  test.each([
    "RuntimeError",
    "PreviousInvocationFailed",
    "PreviousInvocationExited",
    "WorkerAlreadyExists",
    "AlreadyExists",
    "WorkerNotFound",
    "ComponentNotFound",
    "NotFound",
    "InvalidRequest",
    "BadRequest",
    "NotOffered",
    "ServerError",
  ])("GolemError of type %s", (type) => {
    const { message } = new GolemError("GET /v1/components", 500, type, "something happened");
    expect(message).toContain("something happened");
    expect(message).toContain("GET /v1/components");
    expect(message.split("\n").at(-1)).toMatch(/^[A-Z].*[a-z]\.$/);
    expect(message.split("\n").length).toBeGreaterThan(1);
  });
});

describe("the checks find what is wrong", () => {
  const wrong = (text: string) => complaints({ where: "x", text });

  test("a sentence that is too long, and not two that are short", () => {
    const long = Array.from({ length: 33 }, () => "word").join(" ");
    expect(wrong(`${long}.`)).toEqual([expect.stringMatching(/^x: 33 words, at most 32: word word/)]);
    expect(wrong(`${long.slice(5)}. Another ${long.slice(20)}.`)).toEqual([]);
    expect(wrong(`| ${long.slice(20)} | ${long.slice(20)} |`)).toEqual([]);
  });

  test("a phrase", () => {
    expect(wrong("It goes on for ever.")).toEqual([expect.stringContaining('"for ever"; write "again and again"')]);
    expect(wrong("All but for one.")).toHaveLength(1);
    expect(wrong("```sh\nfor ever\n```\n`but for`")).toEqual([]);
  });

  test("a docstring and comments, with their places", () => {
    const folder = mkdtempSync(join(tmpdir(), "voice-"));
    mkdirSync(join(folder, "src"));
    const source = [
      "/**",
      " * Goes on for ever. {@link that of} is a name.",
      " * @param of the value, all but for one",
      " * @example for ever",
      " */",
      "export const a = 1; // those of a",
      "// a comment of two lines, all",
      "// but for one",
      'export const b = "// for ever";',
      "",
    ].join("\n");
    writeFileSync(join(folder, "src", "a.ts"), source);
    const found = commentsOf(folder).flatMap(complaints);
    rmSync(folder, { recursive: true });
    expect(found.map((line) => /a\.ts:\d+: "[^"]+"/.exec(line)?.[0])).toEqual([
      'a.ts:1: "for ever"',
      'a.ts:1: "but for"',
      'a.ts:6: "those of"',
      'a.ts:7: "but for"',
    ]);
  });

  test("sentences end where people end them", () => {
    expect(sentences("One. Two ([a-claim], [b]). `code` follows: Three!")).toEqual([
      "One.",
      "Two.",
      "code follows:",
      "Three!",
    ]);
    expect(sentences("# Head\ntext\n- an item\n- another\n")).toEqual(["Head", "text", "an item", "another"]);
  });
});
