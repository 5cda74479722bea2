/**
 * What the pages tell to run, run; and what they say comes of it.
 *
 * - ```` ```sh ````: each line is a command, run in the repository's root, with `node_modules/.bin` at hand. One that ends with
 *   `# fails` must fail.
 * - ```` ```bash ````: a script, run as a whole. At the address of a server it finds a minigolem.
 * - ```` ```ts ````: what imports golem-testkit is run as a test of the app whose component it uses, other modules as scripts. Modules of
 *   components, which import golem-retry, a host interface or Golem's SDK, are type-checked only: the apps are such, and their tests run.
 * - ```` ```text ````: lines, without a gap, of what the block before it prints.
 * - ```` ```text path/of/a.file ````, in whichever language: lines of that file.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { withOrders } from "./orders.js";
import { type Fence, fences, type Page, pages, root } from "./pages.js";
import { run } from "./run.js";
import { standIns } from "./stand-ins.js";

/** A block that runs, and what the page says that it prints. */
export interface Example {
  /** `docs/x.md:5` */
  place: string;
  source: Fence;
  output?: Fence;
}

const isScript = ({ language, code }: Fence) => language === "ts" && /^import /m.test(code) && !isOfComponent(code);
const isOfComponent = (code: string) => /from "golem-retry"|from "golem:|from "@golemcloud\//.test(code);
const isTest = ({ language, code }: Fence) => language === "ts" && code.includes('from "golem-testkit"');
const runs = (fence: Fence) => ["sh", "bash"].includes(fence.language) || isScript(fence);

/** The examples of a page, in order. */
export function examples(page: Page): Example[] {
  const all = fences(page);
  return all.filter(runs).map((source) => {
    const next = all[all.indexOf(source) + 1];
    const output = next?.language === "text" && next.info === "" ? next : undefined;
    return { place: `${page.path}:${source.line}`, source, ...(output && { output }) };
  });
}

/** Languages of Golem's own pages: shown beside what was read about them, where no file of ours has them. */
const foreign = ["c", "rust"];

/** Blocks that show something of which nobody can say whether it is so. */
export function unfounded(page: Page): string[] {
  const shown = examples(page).map(({ output }) => output?.line);
  return fences(page)
    .filter(({ language, info, line }) => {
      if (info !== "") return false; // see notInFile
      if (language === "text") return !shown.includes(line);
      return !["sh", "bash", "ts", "wit", ...foreign].includes(language);
    })
    .map(({ page, line, language }) => `${page}:${line}: \`\`\`${language} is neither run nor the output of anything`);
}

/** Blocks that are not, as they say they are, lines of a file. */
export function notInFile(page: Page): Fence[] {
  return fences(page)
    .filter(({ info }) => info !== "")
    .filter(({ info, code }) => !includesLines(readFileSync(join(root, info), "utf8"), code));
}

/** The commands of a shell block, and whether they should fail. */
export function commands({ code }: Fence): { command: string; fails: boolean }[] {
  return code
    .trimEnd()
    .split("\n")
    .map((line) => ({ command: line.replace(/ +# .*$/, "").trim(), fails: /# fails$/.test(line) }));
}

/** What a block prints. @throws when it fails, and should not, or the other way round */
export async function print({ source }: Example): Promise<string> {
  if (source.language === "bash") return withOrders((golem) => run(at(source.code, golem)), { uploaded: false });
  if (source.language === "ts") return isTest(source) ? allTests() : runScript(source);
  const printed: string[] = [];
  for (const { command, fails } of commands(source)) printed.push(await once(command, fails));
  return printed.join("\n");
}

const known = new Map<string, Promise<string>>();

/** Commands are told in several places, and run once. */
function once(command: string, fails = false): Promise<string> {
  const printed = known.get(command) ?? asToldOrInstead(command, fails);
  known.set(command, printed);
  return printed;
}

function asToldOrInstead(command: string, fails: boolean): Promise<string> {
  for (const { instead, run } of standIns) {
    const match = instead.exec(command);
    if (match) return run(match, once);
  }
  return run(command, { fails });
}

/** Inside the repository, or imports would lead nowhere. */
export const scratch = join(root, "test/.results/examples");

/** A name for a file, of its page and line. */
const named = ({ page, line }: Fence) => `${basename(dirname(page))}-${basename(page, ".md")}-${line}`;

let tests: Promise<string> | undefined;

/** Those of all pages in one run. */
function allTests(): Promise<string> {
  tests ??= runTests(pages().flatMap(fences).filter(isTest));
  return tests;
}

export async function runTests(all: readonly Fence[]): Promise<string> {
  mkdirSync(scratch, { recursive: true });
  const printed: string[] = [];
  for (const app of new Set(all.map(appOf))) {
    const folder = mkdtempSync(join(scratch, "tests-"));
    for (const fence of all.filter((one) => appOf(one) === app))
      writeFileSync(join(folder, `${named(fence)}.test.ts`), fence.code);
    // Not the configuration of a folder above. One process, which loads the engine once.
    writeFileSync(join(folder, "vitest.config.ts"), "export default { test: { isolate: false, maxWorkers: 1 } };");
    printed.push(await run(`vitest run --root "${folder}"`, { cwd: join(root, "apps", app) }));
  }
  return printed.join("");
}

/** The app whose component a test uses. */
const appOf = ({ code }: Fence): string => /golem\.worker\("([\w-]+)"/.exec(code)?.[1] ?? "http-caller";

/** Code with another address of the server. */
const at = (code: string, golem: string) => code.replaceAll("http://127.0.0.1:9881", golem);

/** A script finds what it asks for: at the address of a server the one that {@link withOrders} starts. */
async function runScript(fence: Fence): Promise<string> {
  const { code } = fence;
  const file = join(scratch, `${named(fence)}.ts`);
  mkdirSync(scratch, { recursive: true });
  writeFileSync(file, code);
  if (!code.includes("http://127.0.0.1:9881")) return run(`tsx "${file}"`);
  const act = (golem: string, upstream: string) => {
    writeFileSync(file, at(code, golem).replaceAll("http://127.0.0.1:8080", upstream));
    return run(`tsx "${file}"`);
  };
  return withOrders(act, { uploaded: code.includes('components.find("orders")') });
}

/** What differs from run to run, and how much blank is between columns because of it. */
export function masked(text: string): string {
  const duration = /\d[\d.]* ?(?:ms|s|min|h)\b/g;
  return (
    stripVTControlCharacters(text)
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uuid>")
      .replace(/-[0-9a-f]{8}\b/g, "-<id>")
      .replace(/(127\.0\.0\.1|localhost):\d+/g, "$1:<port>")
      // Measured: when it was, how long it took. What was planned is compared, to two digits.
      .replace(/^ *\d[\d.]* (ms|s|min)(?= )|(?<=\bthen )\d.*?(?= of durable|, planned)|(?<= in )[\d.]+ s$/gm, "<time>")
      .replace(/(?<=was restored )(just|\d[\d.]* \w+)\s+before/g, "<time> before")
      .replace(duration, (planned) => planned.replace(/\d[\d.]*/, (n) => Number(n).toPrecision(2)))
      .replace(/[ \t]+/g, " ")
      .replace(/^ | $/gm, "")
      .trim()
  );
}

/** Whether a text has these lines, one after the other. */
export function includesLines(text: string, lines: string): boolean {
  const whole = (part: string) => `\n${part.replace(/^\n+|\s+$/g, "")}\n`; // the indentation of the first line counts
  return whole(text).includes(whole(lines));
}

/** What does not come of an example, though the page says so; undefined: all does. */
export async function difference(example: Example): Promise<{ shown: string; printed: string } | undefined> {
  const printed = masked(await print(example));
  const shown = masked(example.output?.code ?? "");
  return shown === "" || includesLines(printed, shown) ? undefined : { shown, printed };
}

/** What stands between the first and the last line that a page shows, or all, if one of them is no longer there. */
export function excerpt(printed: string, shown: string): string {
  const lines = printed.split("\n");
  const plain = lines.map(masked);
  const wanted = shown.trim().split("\n").map(masked);
  const from = plain.indexOf(wanted[0] as string);
  // The last line may stand in several places: the one that gives about as many lines as before is meant.
  const away = (to: number) => Math.abs(to + 1 - from - wanted.length);
  const ends = plain.flatMap((line, at) => (at >= from && line === wanted.at(-1) ? [at] : []));
  const to = ends.sort((a, b) => away(a) - away(b))[0] ?? -1;
  return from < 0 || to < 0 ? printed : lines.slice(from, to + 1).join("\n");
}

/** The page with outputs as they are now, in full where they have changed. */
export async function renewed(page: Page): Promise<string> {
  let { text } = page;
  const exchange = (fence: Fence, code: string) => {
    const head = `\`\`\`${fence.language}${fence.info && ` ${fence.info}`}\n`;
    text = text.replace(`${head}${fence.code}\`\`\``, () => `${head}${code.trimEnd()}\n\`\`\``);
  };
  for (const example of examples(page))
    if (example.output && (await difference(example)))
      exchange(example.output, excerpt(stripVTControlCharacters(await print(example)), example.output.code));
  for (const fence of notInFile(page)) exchange(fence, readFileSync(join(root, fence.info), "utf8"));
  return text;
}
