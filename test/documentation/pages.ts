import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Page {
  /** From the repository's root. */
  path: string;
  text: string;
}

/** All pages that somebody may read. */
export function pages(): Page[] {
  const folders = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name)),
  );
  const files = [
    "README.md",
    "SECURITY.md",
    ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [join("docs", name)] : [])),
    "python/README.md",
    ...folders.map((folder) => join(folder, "README.md")).filter((file) => existsSync(join(root, file))),
  ];
  return files.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Whether what a page tells to run can run here. The page about Python needs a component that is only built where Python is. */
export const runsHere = ({ path }: Page): boolean =>
  !path.startsWith("python/") || existsSync(join(root, "python/dist/python.wasm"));

export interface Fence {
  page: string;
  line: number;
  language: string;
  /** What follows the language: the file that the code stands in, or a flag. */
  info: string;
  code: string;
}

export function fences({ path, text }: Page): Fence[] {
  const found = text.matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm);
  return [...found].map(({ index, 1: language = "", 2: info = "", 3: code = "" }) => ({
    page: path,
    line: text.slice(0, index).split("\n").length,
    language,
    info,
    code,
  }));
}

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, "");

/** What a link of GitHub's Markdown can lead to within a page: its headings, and elements with an id. */
function anchors(text: string): Set<string> {
  const headings = [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, "")
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  const before = new Map<string, number>();
  const numbered = headings.map((heading) => {
    const count = before.get(heading) ?? 0;
    before.set(heading, count + 1);
    return count === 0 ? heading : `${heading}-${count}`;
  });
  return new Set([...numbered, ...[...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string)]);
}

/** Links to files, or to places in them, that don't exist. */
export function brokenLinks({ path, text }: Page): string[] {
  const prose = withoutFences(text);
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
    ([, inline, defined]) => inline ?? defined ?? "",
  );
  return targets.flatMap((target) => {
    if (/^https?:/.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const full = file === "" ? join(root, path) : join(root, dirname(path), file);
    if (file !== "" && !existsSync(full)) return [`${path}: ${target}`];
    if (anchor === undefined || (file !== "" && !full.endsWith(".md"))) return [];
    return anchors(file === "" ? text : readFileSync(full, "utf8")).has(anchor) ? [] : [`${path}: ${target}`];
  });
}

/** Files of pictures that a page shows, for light and for dark ones. */
export function shownPictures({ path, text }: Page): string[] {
  const found = withoutFences(text).matchAll(/(?:src|srcset)="([^"]+\.svg)"/g);
  return [...found].map(([, file]) => join(root, dirname(path), file as string));
}

/** `[finally-restore]` in the text, a link to a claim: the scenarios that a page appeals to. */
export function claims({ text }: Page): string[] {
  const prose = withoutFences(text).replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/(?<![\]!\w])\[([a-z0-9][a-z0-9.-]*)\](?![(:[])/g)].map(([, name]) => name as string);
}

/** The page with a definition, at its end, of each link to a claim. */
export function withClaims(page: Page): string {
  const target = relative(dirname(page.path), "docs/conformance.md");
  const names = [...new Set(claims(page))].sort();
  const text = page.text.replace(/(?<=\n)\[[a-z0-9.-]+\]: \S*conformance\.md#\S+\n/g, "").trimEnd();
  const definitions = names.map((name) => `[${name}]: ${target}#${name}\n`).join("");
  return `${text}\n${definitions && `\n${definitions}`}`;
}

/** Scripts of package.json that a page tells to run, and that are not there. */
export function unknownScripts({ path, text }: Page, scripts: readonly string[]): string[] {
  const told = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);
  return told.filter((name) => !scripts.includes(name)).map((name) => `${path}: npm run ${name}`);
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts", "lib.decorators.d.ts"],
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** The types of `golem:api/host@1.1.0` and its like, for modules that import them without golem-retry. */
const hostInterfaces = join(root, "packages/retry/src/golem-api.d.ts");

/** Type errors of TypeScript fences, each as a module of its own. */
export function typeErrors(all: readonly Fence[]): string[] {
  const sources = new Map(all.map((fence, i) => [join(root, "test/documentation", `fence-${i}.ts`), fence]));
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  const codeOf = (file: string) => {
    const fence = sources.get(file);
    return fence && `${fence.code}\nexport {};\n`;
  };
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => codeOf(file) ?? readFile(file);
  host.getSourceFile = (file, version) => {
    const code = codeOf(file);
    return code === undefined ? getSourceFile(file, version) : ts.createSourceFile(file, code, version);
  };
  const program = ts.createProgram([...sources.keys(), hostInterfaces], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const fence = file && sources.get(file.fileName);
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const where = fence ? `${fence.page}:${fence.line + line}` : relative(root, file?.fileName ?? "");
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}
