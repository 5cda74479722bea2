/**
 * How what people read must sound: sentences that are short enough to read once, and no phrases that make a reader stop.
 * It reads pages, help texts, and the messages, docstrings and comments in the source of packages and apps.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { type Page, root } from "./pages.js";

/** Something that a person reads, and where it is. */
export interface Prose {
  where: string;
  text: string;
}

const mostWords = 32;

/** Phrases that make people read twice, and what to write instead. */
const phrases: readonly { phrase: RegExp; instead: string }[] = [
  { phrase: /\bfor ever\b/i, instead: '"again and again", "without end" or "for good"' },
  { phrase: /\bbut for\b/i, instead: '"except"' },
  { phrase: /\b(that|those) of\b(?! (?:the )?(?:year|day))/i, instead: "the noun again" },
  { phrase: /\bnear to\b/i, instead: '"close to" or "like"' },
  { phrase: /\bof (no )?use\b/i, instead: '"useful", "helps" or "pointless"' },
  { phrase: /\bno other\b/i, instead: '"only" or "nothing else"' },
  { phrase: /\bmind on\b/i, instead: '"watch out for"' },
  { phrase: /\bnever mind\b/i, instead: '"whatever" or "regardless of"' },
  { phrase: /\bcomes? of (it|that|this)\b/i, instead: '"follows" or "results"' },
  { phrase: /\bin other clothes\b/i, instead: "what it is" },
  { phrase: /\b(?:is|are) no (?:\w+)[,;:]? (?:which|that) is\b/i, instead: '"is not"' },
  { phrase: /\bso many times\b/i, instead: '"a certain number of times"' },
  { phrase: /\bas it reads\b.*\bas it reads\b/i, instead: "one of the two" },
];

/** The sentences of Markdown or plain text; a list item or a table's cell ends one. */
export function sentences(text: string): string[] {
  const prose = text
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/<!--[\s\S]*?-->|<[^>]+>/g, "")
    .replace(/^\[[^\]]+\]: \S+$/gm, "")
    .replace(/^#.*$/gm, "$&\n")
    .replace(/\s*\(?(?:\[[a-z0-9.-]+\](?:, | and )?)+\)?(?=[\s.,:|]|$)/g, "") // marks of claims
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replace(/`[^`]*`/g, "code")
    .replaceAll("**", "");
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*|#>]|\d+\.) ?)|\|/)
    .flatMap((block) => block.replace(/\s+/g, " ").split(/(?<=[.!?:;])["')]* (?=["'(*]*\p{Lu}|code)/u))
    .map((sentence) => sentence.replace(/^[\s\-*#>\d.]+/, "").trim())
    .filter(Boolean);
}

/** What is wrong with a text, a line each. */
export function complaints({ where, text }: Prose): string[] {
  return sentences(text).flatMap((sentence) => {
    const words = sentence.split(" ").filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    const shown = sentence.length > 90 ? `${sentence.slice(0, 90)}…` : sentence;
    return [
      ...(words > mostWords ? [`${where}: ${words} words, at most ${mostWords}: ${shown}`] : []),
      ...phrases
        .filter(({ phrase }) => phrase.test(sentence))
        .map(({ phrase, instead }) => `${where}: "${phrase.exec(sentence)?.[0]}"; write ${instead}: ${shown}`),
    ];
  });
}

/** Pages as prose. */
export const ofPages = (pages: readonly Page[]): Prose[] => pages.map(({ path, text }) => ({ where: path, text }));

export const sourceFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.d)\.tsx?$/.test(file))
    .map((file) => join(folder, file));

/** Text of strings in a package's source: errors, help, findings. What has no blank is a name. */
export function messagesOf(packageFolder: string): Prose[] {
  return sourceFiles(join(packageFolder, "src")).flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023, true);
    const found: Prose[] = [];
    const note = (node: ts.Node, text: string) => {
      if (!/\b(?:a|an|the|is|are|of|to|in|not|no)\b/.test(text)) return; // a list of names
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${relative(root, file)}:${line + 1}`, text });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node)) note(node, node.text);
      else if (ts.isTemplateExpression(node))
        note(node, node.head.text + node.templateSpans.map((span) => `x${span.literal.text}`).join(""));
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** Docstrings and comments in a package's source. */
export function commentsOf(packageFolder: string): Prose[] {
  return sourceFiles(join(packageFolder, "src")).flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    const found = new Map<number, ts.CommentRange>();
    const visit = (node: ts.Node): void => {
      const ranges = [
        ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
        ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
      ];
      if (!ts.isJsxText(node)) for (const range of ranges) found.set(range.pos, range);
      node.getChildren(source).forEach(visit);
    };
    visit(source);
    const ranges = [...found.values()].sort((a, b) => a.pos - b.pos);
    return joined(ranges, text).map(({ pos, comment }) => ({
      where: `${relative(root, file)}:${source.getLineAndCharacterOfPosition(pos).line + 1}`,
      text: proseOf(comment),
    }));
  });
}

/** Comments; lines that begin with `//` one below the other are one. */
function joined(ranges: readonly ts.CommentRange[], text: string): { pos: number; comment: string }[] {
  const all: { pos: number; end: number; comment: string; alone: boolean }[] = [];
  for (const { pos, end } of ranges) {
    const [last, comment] = [all.at(-1), text.slice(pos, end)];
    const alone = comment.startsWith("//") && /(?:^|\n)[ \t]*$/.test(text.slice(0, pos));
    const follows = last?.alone && alone && /^\n[ \t]*$/.test(text.slice(last.end, pos));
    if (follows) Object.assign(last, { end, comment: `${last.comment}\n${comment}` });
    else all.push({ pos, end, comment, alone });
  }
  return all;
}

/** A comment without its signs, its examples and the names of its tags. Each tag begins a paragraph. */
const proseOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*?|\*\/$/g, "")
    .replace(/^[ \t]*(?:\*|\/\/) ?/gm, "")
    .replace(/@example[\s\S]*?(?=\n@|$)/g, "")
    .replace(/@param (?:\{[^}]*\} )?[\w.]+/g, "\n\n")
    .replace(/\{@link ([^}]+)\}/g, "`$1`")
    .replace(/@\w+/g, "\n\n");
