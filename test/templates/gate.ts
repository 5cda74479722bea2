/** What each app must have: somebody who copies one gets all of it. */
import ts from "typescript";

/** An app: its name, and its files' text by their paths from its folder. */
export interface App {
  name: string;
  files: Record<string, string>;
}

/** What an app lacks, in a sentence each that says what to do. */
export type Rule = (app: App) => string[];

const sections = ["Idea", "Run", "Expected output", "What to observe", "Make it yours"];

/** A README with the sections that a reader of one app looks for in the next. */
export const readme: Rule = ({ name, files }) => {
  const text = files["README.md"];
  if (text === undefined) return [`README.md is missing: write one with the sections ${sections.join(", ")}`];
  const found = parts(text);
  const order = found.map(({ title }) => title).filter((title) => sections.includes(title));
  const section = (title: string) => found.find((part) => part.title === title)?.body ?? "";
  const missing = sections.filter((title) => section(title).trim() === "");
  return [
    ...(text.startsWith(`# ${name}\n`) ? [] : [`README.md begins with another line than "# ${name}"`]),
    ...missing.map((title) => `README.md says nothing under "## ${title}"`),
    ...(missing.length === 0 && order.join() !== sections.join()
      ? [`README.md has its sections as ${order.join(", ")}: put them in the order ${sections.join(", ")}`]
      : []),
    ...["Run", "Expected output"]
      .filter((title) => !missing.includes(title) && !section(title).includes("\n```"))
      .map((title) => `README.md has no code block under "## ${title}"`),
  ];
};

/** The sections of a Markdown text by their `##` headings; one in a code block is none. */
function parts(text: string): { title: string; body: string }[] {
  const found: { title: string; body: string }[] = [];
  let inCode = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) inCode = !inCode;
    const heading = inCode ? null : /^## (.*)$/.exec(line);
    if (heading) found.push({ title: (heading[1] as string).trim(), body: "" });
    else if (found.length > 0) (found.at(-1) as { body: string }).body += `${line}\n`;
  }
  return found;
}

/** WIT, manifest and demo, under the app's name. */
export const named: Rule = ({ name, files }) => {
  const wanted: [string, RegExp, string][] = [
    ["wit/main.wit", new RegExp(`^package demo:${name};`, "m"), `package demo:${name};`],
    ["wit/main.wit", new RegExp(`^world ${name} \\{`, "m"), `world ${name}`],
    ["golem.yaml", new RegExp(`^  demo:${name}:$`, "m"), `a component demo:${name}`],
    ["package.json", new RegExp(`^  "name": "${name}",$`, "m"), `"name": "${name}"`],
    ["demo.ts", /^await demo\(/m, "await demo(…)"],
    ["src/main.ts", new RegExp(`"demo:${name}-exports/`), `the types of demo:${name}-exports`],
  ];
  const missing = new Set(wanted.map(([file]) => file).filter((file) => files[file] === undefined));
  return [
    ...[...missing].map((file) => `${file} is missing`),
    ...wanted
      .filter(([file, pattern]) => !missing.has(file) && !pattern.test(files[file] as string))
      .map(([file, , what]) => `${file} has no ${what}`),
  ];
};

/** A test that counts the executions, and reads from the oplog under which policy they were and under which it ended. */
export const tested: Rule = ({ files }) => {
  const sources = Object.entries(files).filter(([path]) => /^test\/.*\.test\.ts$/.test(path));
  if (sources.length === 0) return ["there is no test: write test/<name>.test.ts"];
  const expected = new Set(sources.flatMap(([path, text]) => expectedInTests(path, text)));
  return Object.keys(why)
    .filter((call) => !expected.has(call))
    .map((call) => `no test expects anything of ${call}: ${why[call]}`);
};

const why: Record<string, string> = {
  toHaveRetriedWith: "expect(await worker.oplog()).toHaveRetriedWith(policy), for executions and waits",
  toEndUnder: "expect(await worker.oplog()).toEndUnder(golem.defaultPolicy), for the policy in force",
  requests: "expect(upstream.requests(path)).toHaveLength(n), for how often the upstream was asked",
};

/** Names of the functions that expectations of tests call, those aside that vitest does not run. */
function expectedInTests(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, isExpected: boolean): void => {
    let inside = isExpected;
    if (ts.isCallExpression(node)) {
      if (/^(test|it|describe)\.(skip|todo)\b/.test(node.expression.getText())) return;
      inside ||= isExpectation(node);
      if (inside && ts.isPropertyAccessExpression(node.expression)) found.push(node.expression.name.text);
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true), false);
  return found;
}

/** `expect(…).toBe(…)`, with or without `not` and the like: an `expect(…)` that nothing follows checks nothing. */
function isExpectation({ expression }: ts.CallExpression): boolean {
  let node: ts.Expression = expression;
  if (!ts.isPropertyAccessExpression(node)) return false;
  while (ts.isPropertyAccessExpression(node)) node = node.expression;
  return ts.isCallExpression(node) && node.expression.getText() === "expect";
}

/**
 * An oplog as text, which a test compares: what is to be seen on record, for those who read rather than run. vitest would write a
 * missing one anew and pass.
 */
export const golden: Rule = ({ files }) => {
  const oplogs = Object.entries(files).filter(([path]) => /^test\/golden\/.+\.txt$/.test(path));
  if (oplogs.length === 0) return ["there is no golden oplog: test/golden/<what happens>.txt"];
  const tests = Object.entries(files)
    .filter(([path]) => path.endsWith(".test.ts"))
    .map(([, text]) => text)
    .join("\n");
  const compared = [...tests.matchAll(/toMatchFileSnapshot\("([^"]+)"\)/g)].map(([, path]) => `test/${path}`);
  const script = (JSON.parse(files["package.json"] ?? "{}") as { scripts?: { test?: string } }).scripts?.test ?? "";
  return [
    ...oplogs.filter(([, text]) => text.trim() === "").map(([path]) => `${path} is empty`),
    ...oplogs.filter(([path]) => !compared.includes(path)).map(([path]) => `no test compares ${path}`),
    ...compared
      .filter((path) => files[path] === undefined)
      .map((path) => `${path} is missing: write it with npx vitest run -u, and read it`),
    ...(script.includes("vitest run --update=none")
      ? []
      : [
          'package.json has no test script "vitest run --update=none": without it a missing golden oplog is written anew',
        ]),
  ];
};

/** Most lines of an app's source: it is to be read in one go. */
const most = 80;

export const short: Rule = ({ files }) => {
  const lines = Object.entries(files)
    .filter(([path]) => path.startsWith("src/"))
    .reduce((sum, [, text]) => sum + text.trimEnd().split("\n").length, 0);
  return lines > most ? [`src/ has ${lines} lines: ${most} at most, or it is two apps`] : [];
};

/** Nothing imported from outside of the app's folder: it would be missing where the app is ejected to. */
export const alone: Rule = ({ files }) =>
  Object.entries(files)
    .filter(([path]) => path.endsWith(".ts"))
    .flatMap(([path, text]) => {
      const outside = (specifier: string) =>
        specifier.startsWith(".") && !new URL(specifier, `file:///some/app/${path}`).pathname.startsWith("/some/app/");
      const imports = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
      return imports.filter(outside).map((specifier) => `${path} imports ${specifier}, which is not the app's`);
    });

export const rules: Record<string, Rule> = { readme, named, tested, golden, short, alone };
