/** A WIT token other than a comment. */
export interface Token {
  text: string;
  start: number;
  end: number;
}

/** A statement: of a file (`package`, `interface`, `world`, `use`) or of a world's body. */
export interface Statement {
  /** Its first word, attributes aside. */
  keyword: string;
  /** Words and punctuation after the keyword, up to the body or the semicolon. */
  head: Token[];
  /** Where its comments and attributes begin. */
  start: number;
  keywordAt: number;
  end: number;
  /** The offsets inside its outer braces. */
  body?: { start: number; end: number };
}

const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|%?[A-Za-z][\w-]*|[^\s]/g;

/** The tokens between two offsets, comments left out. */
export function tokens(text: string, from: number, to: number): Token[] {
  return [...text.slice(from, to).matchAll(pattern)]
    .filter(([word]) => !word.startsWith("//") && !word.startsWith("/*"))
    .map((match) => ({ text: match[0], start: from + match.index, end: from + match.index + match[0].length }));
}

/**
 * The statements between two offsets. It knows just enough to move them about; text that is no WIT gives odd statements
 * and no error: telling what is wrong is the WIT parser's part, which reads the result.
 */
export function statements(text: string, from = 0, to = text.length): Statement[] {
  const found: Statement[] = [];
  let start = from;
  let pending: Token[] = [];
  let depth = 0;
  let body: Statement["body"];

  for (const token of tokens(text, from, to)) {
    if (token.text === "{" && depth++ === 0) body = { start: token.end, end: token.end };
    if (token.text === "}" && --depth === 0 && body) body.end = token.start;
    if (depth === 0 && body === undefined && token.text !== ";") pending.push(token);
    // A `use x.{a}` has braces and a semicolon after them.
    const uses = pending.some(({ text: word }) => word === "use");
    if (depth === 0 && (token.text === ";" || (token.text === "}" && !uses))) {
      const head = withoutAttributes(pending);
      const [first, ...rest] = head;
      if (first) found.push({ keyword: first.text, head: rest, start, keywordAt: first.start, end: token.end, body });
      start = token.end;
      pending = [];
      body = undefined;
    }
  }
  return found;
}

/** Drops `@since(version = 1.0.0)` and its like. */
function withoutAttributes(all: Token[]): Token[] {
  if (all[0]?.text !== "@") return all;
  const close = all.findIndex(({ text }) => text === ")");
  return withoutAttributes(all.slice(close < 0 ? 2 : close + 1));
}
