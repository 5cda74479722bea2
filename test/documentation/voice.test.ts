import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pages, root } from "./pages.js";
import { run } from "./run.js";
import { complaints, messagesOf, ofPages, sentences } from "./voice.js";

const packages = readdirSync(join(root, "packages"));

test("pages can be read at once", () => {
  expect(ofPages(pages()).flatMap(complaints)).toEqual([]);
});

test.each(packages)("messages of packages/%s can be read at once", (name) => {
  expect(messagesOf(join(root, "packages", name)).flatMap(complaints)).toEqual([]);
});

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
