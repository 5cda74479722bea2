import type { Returns, Shape } from "../guest/check.js";
import { type Statement, statements, type Token, tokens } from "./scan.js";
import { types as plain } from "./words.js";

/** What an interface declares. */
interface Declared {
  types: Map<string, Statement>;
  /** Types of other interfaces, by their names here. */
  uses: Map<string, { from: string; name: string }>;
  functions: Statement[];
}

const declaring = new Set(["record", "variant", "enum", "flags", "type", "resource"]);

/** `fetch-order` in JavaScript: `fetchOrder`. */
export const camelCase = (name: string): string =>
  name
    .replace(/^%/, "")
    .split("-")
    .map((word, i) => (i === 0 ? word.toLowerCase() : `${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase()}`))
    .join("");

/**
 * Reads what the exported functions of a world return, by the names of interfaces and functions in JavaScript. It knows the types of the
 * component's own WIT file. A type of another package is not checked.
 * @param source a WIT file that the parser has accepted
 */
export function returnsOf(source: string, world: string): Record<string, Returns> {
  const items = statements(source);
  const interfaces = new Map(
    items.filter(({ keyword }) => keyword === "interface").map((item) => [spell(item.head), declaredIn(source, item)]),
  );
  const found = items.find(({ keyword, head }) => keyword === "world" && spell(head) === world);
  const own = found && declaredIn(source, found);
  const members = found?.body ? statements(source, found.body.start, found.body.end) : [];
  const exported = members.filter(({ keyword }) => keyword === "export");
  const inline = exported
    .filter(({ head }) => head[1]?.text === ":")
    .map((one) => ({ ...one, keyword: one.head[0]?.text ?? "", head: one.head.slice(1) }));
  const result: Record<string, Returns> = {};
  for (const { head } of exported) {
    const one = interfaces.get(spell(head));
    if (one) result[camelCase(spell(head))] = returns(one.functions, one, interfaces);
  }
  if (own && inline.length > 0) result[camelCase(`${world}-inline-functions`)] = returns(inline, own, interfaces);
  return result;
}

const spell = (head: readonly Token[]) => head.map(({ text }) => text).join("");

function declaredIn(source: string, { body }: Statement): Declared {
  const inner = body ? statements(source, body.start, body.end) : [];
  const declared: Declared = { types: new Map(), uses: new Map(), functions: [] };
  for (const one of inner) {
    const [name] = one.head;
    if (declaring.has(one.keyword) && name && name.text !== ":")
      declared.types.set(name.text, { ...one, body: one.body });
    else if (one.keyword === "use" && one.body) {
      const from = spell(one.head).replace(/\.$/, "");
      for (const [used, local] of usedNames(tokens(source, one.body.start, one.body.end)))
        declared.uses.set(local, { from, name: used });
    } else if (one.head[0]?.text === ":") declared.functions.push(one);
  }
  bodies.set(declared, source);
  return declared;
}

/** The text that the offsets of an interface's statements are in. */
const bodies = new WeakMap<Declared, string>();

/** `a, b as c` */
function usedNames(all: readonly Token[]): [used: string, local: string][] {
  return spellApart(all).map((part) => [part[0]?.text ?? "", part[2]?.text ?? part[0]?.text ?? ""]);
}

/** The parts between commas, those inside angle brackets or parentheses left alone. */
function spellApart(all: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of all) {
    if (/^[<(]$/.test(token.text)) depth++;
    if (/^[>)]$/.test(token.text)) depth--;
    if (token.text === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function returns(
  functions: readonly Statement[],
  declared: Declared,
  interfaces: ReadonlyMap<string, Declared>,
): Returns {
  const result: Returns = {};
  for (const { keyword, head } of functions) {
    const arrow = head.findIndex(({ text }, i) => text === "-" && head[i + 1]?.text === ">");
    const shape = arrow < 0 ? "any" : shapeOf(head.slice(arrow + 2), { declared, interfaces, above: [] });
    if (shape !== "any") result[camelCase(keyword)] = [keyword.replace(/^%/, ""), shape];
  }
  return result;
}

interface Scope {
  declared: Declared;
  interfaces: ReadonlyMap<string, Declared>;
  /** Names that are being resolved. */
  above: readonly string[];
}

/** The shape that a type expression stands for: `option<list<u8>>`. */
function shapeOf(words: readonly Token[], scope: Scope): Shape {
  const [name, ...rest] = words.map(({ text }) => text);
  if (name === undefined) return "any";
  const args = rest[0] === "<" ? spellApart(words.slice(2, -1)) : [];
  const of = (i: number): Shape => shapeOf(args[i] ?? [], scope);
  switch (name) {
    case "list":
      return args.length === 1 ? { list: of(0) } : "any";
    case "option": {
      const inner = of(0);
      return typeof inner === "object" && "option" in inner ? "any" : { option: inner };
    }
    case "tuple":
      return { tuple: args.map((_, i) => of(i)) };
    case "result":
      return { result: [args.length > 0 && args[0]?.[0]?.text !== "_" ? of(0) : null, args.length > 1 ? of(1) : null] };
    default:
      return plain.includes(name) && rest.length === 0 ? name : named(name, scope);
  }
}

function named(name: string, { declared, interfaces, above }: Scope): Shape {
  const used = declared.uses.get(name);
  if (used) {
    const from = interfaces.get(used.from);
    return from ? named(used.name, { declared: from, interfaces, above }) : "any";
  }
  const found = declared.types.get(name);
  const source = bodies.get(declared);
  if (!found || source === undefined || above.includes(name)) return "any";
  const scope = { declared, interfaces, above: [...above, name] };
  if (found.keyword === "type") return shapeOf(found.head.slice(2), scope);
  const parts = found.body ? spellApart(tokens(source, found.body.start, found.body.end)) : [];
  const names = parts.map((part) => (part[0]?.text ?? "").replace(/^%/, ""));
  const shapes = parts.map((part) => part.slice(2));
  switch (found.keyword) {
    case "record":
      return { record: names.map((one, i) => [camelCase(one), shapeOf(shapes[i] ?? [], scope)]) };
    case "variant":
      return {
        variant: names.map((one, i) => [one, parts[i]?.[1] ? shapeOf((shapes[i] ?? []).slice(0, -1), scope) : null]),
      };
    case "enum":
      return { enum: names };
    case "flags":
      return { flags: names.map(camelCase) };
    default:
      return "any"; // a resource
  }
}
