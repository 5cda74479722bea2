import { createRequire } from "node:module";
import type { WitType } from "../component/types.js";
import type { OplogEntry, TypedValue } from "./entries.js";
import { type PublicOplogEntry, publicEntry } from "./public.js";

type Query =
  | { type: "or" | "and"; queries: Query[] }
  | { type: "not"; query: Query }
  | { type: "field"; path: string[]; query: Query }
  | { type: "leaf"; matches: (text: string) => boolean };

type Leaf = (text: string) => boolean;

/**
 * Golem's simplified Lucene: `term`, `"a phrase"`, `/regular expression/`, `field:term`, `AND`, `OR`, `NOT`, parentheses; a
 * space is AND. A term is sought without regard to case. It may be an entry's kind (`change-retry-policy`), a name, a key
 * or a text in it, or a value that it holds. A field is a path into a value, `0` for the first result.
 * Source: golem-common/src/model/lucene.rs and public_oplog/mod.rs of Golem 1.2.0.
 * @throws SyntaxError that says where
 */
export function compile(text: string): (entry: PublicOplogEntry) => boolean {
  if (last?.text === text) return last.test;
  const query = new Parser(text).whole();
  const test = (entry: PublicOplogEntry) => holds(query, [], searched(entry));
  last = { text, test };
  return test;
}

/**
 * Whether a query of the oplog API finds an entry, see {@link compile}.
 * @throws SyntaxError when the query is none
 */
export const matches = (entry: OplogEntry, query: string): boolean => compile(query)(publicEntry(entry));

/** A search asks the same of each entry. */
let last: { text: string; test: (entry: PublicOplogEntry) => boolean } | undefined;

/** A text without a path is found whatever field is asked for. */
type Searched = [path: string[] | undefined, text: string][];

function holds(query: Query, path: string[], texts: Searched): boolean {
  switch (query.type) {
    case "or":
      return query.queries.some((part) => holds(part, path, texts));
    case "and":
      return query.queries.every((part) => holds(part, path, texts));
    case "not":
      return !holds(query.query, path, texts);
    case "field":
      return holds(query.query, [...path, ...query.path], texts);
    case "leaf": {
      const wanted = path.join(".").toLowerCase();
      return texts.some(
        ([at, text]) =>
          (path.length === 0 || at === undefined || at.join(".").toLowerCase() === wanted) && query.matches(text),
      );
    }
  }
}

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

/** What is searched of an entry. */
function searched(entry: PublicOplogEntry): Searched {
  const texts: Searched = kinds(entry.type).map((kind) => [[], kind]);
  const add = (...fields: unknown[]) => {
    for (const field of fields)
      if (typeof field === "string" || typeof field === "number") texts.push([[], `${field}`]);
  };
  const addValues = (...values: unknown[]) => {
    for (const { typ, value } of values as TypedValue[]) valueTexts(typ as WitType, value, [], texts);
  };
  switch (entry.type) {
    case "ImportedFunctionInvoked":
      add(entry.function_name);
      addValues(entry.request, entry.response);
      break;
    case "ExportedFunctionInvoked":
      add(entry.function_name, entry.idempotency_key);
      addValues(...(entry.request as TypedValue[]));
      break;
    case "ExportedFunctionCompleted":
      addValues(entry.response);
      break;
    case "Error":
      add(entry.error);
      break;
    case "PendingWorkerInvocation": {
      const invocation = entry.invocation as Record<string, unknown>;
      add(invocation.full_function_name, invocation.idempotency_key);
      addValues(...(invocation.function_input as TypedValue[]));
      break;
    }
    case "PendingUpdate":
    case "SuccessfulUpdate":
    case "FailedUpdate":
      add(entry.target_version, entry.details);
      break;
    case "Log":
      add(entry.context, entry.message);
      break;
    case "DescribeResource":
      add(entry.resource_name);
      addValues(...(entry.resource_params as TypedValue[]));
      break;
    case "CancelInvocation":
      add(entry.idempotency_key);
      break;
    case "StartSpan":
      add(entry.span_id, entry.parent_id);
      for (const [key, { value }] of Object.entries(entry.attributes as Record<string, { value: string }>))
        texts.push([[key], value]);
      break;
    case "FinishSpan":
      add(entry.span_id);
      break;
  }
  return texts;
}

/** The names under which a kind of entry is found. */
function kinds(type: string): string[] {
  if (type === "CancelInvocation") return ["cancel", "cancel-invocation"];
  if (type === "NoOp") return ["noop"];
  const names = [type.toLowerCase(), kebab(type)];
  if (type.startsWith("ExportedFunction")) names.push("exported-function");
  if (type.startsWith("ImportedFunction")) names.push("imported-function");
  if (type.endsWith("Update")) names.push("update");
  return names;
}

/**
 * Golem 1.2.0 compares what is in a record with the record's own path, not with the field that is asked for (`match_value`). So a record
 * that is a whole argument is found by any field, and nothing is found in a record that is part of something else: not even by a plain
 * term. The result of a function is a part of a tuple.
 */
function recordTexts(
  typ: Extract<WitType, { type: "Record" }>,
  value: Record<string, unknown>,
  path: string[],
  texts: Searched,
) {
  if (path.length > 0) return;
  const inside: Searched = [];
  for (const { name, typ: inner } of typ.fields) valueTexts(inner, value[name], [name], inside);
  for (const [, text] of inside) texts.push([undefined, text]);
}

function valueTexts(typ: WitType, value: unknown, path: string[], texts: Searched): void {
  switch (typ.type) {
    case "List":
      for (const item of value as unknown[]) valueTexts(typ.inner, item, path, texts);
      break;
    case "Tuple":
      for (const [i, item] of typ.items.entries()) valueTexts(item, (value as unknown[])[i], [...path, `${i}`], texts);
      break;
    case "Record":
      recordTexts(typ, value as Record<string, unknown>, path, texts);
      break;
    case "Variant": {
      const [name, inner] = Object.entries(value as object)[0] ?? [];
      const found = typ.cases.find((item) => item.name === name)?.typ;
      if (found) valueTexts(found, inner, [...path, name as string], texts);
      break;
    }
    case "Result": {
      const [name, inner] = Object.entries(value as object)[0] as ["ok" | "err", unknown];
      const found = typ[name];
      if (found) valueTexts(found, inner, [...path, name], texts);
      break;
    }
    case "Option":
      if (value !== null && value !== undefined) valueTexts(typ.inner, value, path, texts);
      break;
    case "Flags":
      for (const name of value as string[]) texts.push([path, name]);
      break;
    case "Chr":
      texts.push([path, String.fromCodePoint(value as number)]);
      break;
    case "Handle":
      break;
    default:
      texts.push([path, String(value)]);
  }
}

/** Characters. */
const longest = 2_000;
const deepest = 50;

const keywords = ["AND", "OR", "NOT"];
const special = ' \\t\\n\\r+\\-!():^<>=\\[\\]"{}~\\\\/\\u3000';
const termAt = new RegExp(`(?:[^${special}]|\\\\.)(?:[^${special}]|\\\\.|[+-])*`, "suy");
const fieldAt = new RegExp(`(${termAt.source})\\s*[:=]\\s*`, "suy");

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Query {
    if (this.#text.length > longest) throw new SyntaxError(`a query of the oplog has at most ${longest} characters`);
    const query = this.#all();
    if (this.#at < this.#text.length) this.#fail();
    return query;
  }

  #fail(): never {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 20)}"` : "its end";
    throw new SyntaxError(
      `${JSON.stringify(this.#text)} is no query of the oplog: at ${this.#at + 1} a term, "phrase", /regular expression/ or (…) was expected, found ${found}`,
    );
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #list(type: "or" | "and", part: () => Query, between: () => boolean): Query {
    const first = part();
    const queries = [first];
    while (between()) queries.push(part());
    return queries.length === 1 ? first : { type, queries };
  }

  #all(): Query {
    this.#take(/\s*/y);
    const more = () => this.#take(/\s+(?![\s)]|$)/y) !== null;
    const query = this.#list("and", () => this.#either(), more);
    this.#take(/\s*/y);
    return query;
  }

  #either(): Query {
    return this.#list(
      "or",
      () => this.#both(),
      () => this.#take(/\s+OR\s+/y) !== null,
    );
  }

  #both(): Query {
    return this.#list(
      "and",
      () => this.#clause(),
      () => this.#take(/\s+AND\s+/y) !== null,
    );
  }

  #clause(): Query {
    if (this.#take(/NOT\s+/y)) return { type: "not", query: this.#clause() };
    const field = this.#take(fieldAt)?.[1];
    const query = this.#take(/\(/y) ? this.#group() : this.#leaf();
    return field === undefined ? query : { type: "field", path: unescaped(field).split("."), query };
  }

  #group(): Query {
    if (++this.#depth > deepest)
      throw new SyntaxError(`a query of the oplog has at most ${deepest} brackets within each other`);
    const query = this.#all();
    this.#depth--;
    return this.#take(/\)/y) ? query : this.#fail();
  }

  #leaf(): Query {
    const leaf = (matches: Leaf): Query => ({ type: "leaf", matches });
    const phrase = this.#take(/"((?:\\"|[^"])*)"/sy)?.[1]?.replaceAll('\\"', '"');
    if (phrase !== undefined) return leaf((text) => text.includes(phrase));
    const pattern = this.#take(/\/((?:\\\/|[^/])*)\//sy)?.[1]?.replaceAll("\\/", "/");
    if (pattern !== undefined) return leaf(regularExpression(pattern));
    const before = this.#at;
    const term = this.#take(termAt)?.[0];
    if (term === undefined || keywords.includes(term)) {
      this.#at = before;
      return this.#fail();
    }
    const wanted = unescaped(term).toLowerCase();
    return leaf((text) => text.toLowerCase().includes(wanted));
  }
}

const unescaped = (term: string) => term.replace(/\\(.)/gsu, "$1");

/** By an engine that needs time in proportion to the text, as Golem's does: V8's may need years for `(a+)+$`. */
function regularExpression(pattern: string): Leaf {
  // Loaded when it is needed: it would take a guest thread, and the engine, a good part of their start.
  const { RE2JS } = createRequire(import.meta.url)("re2js") as typeof import("re2js");
  const expression = RE2JS.compile(pattern);
  return (text) => expression.matcher(text).find();
}
