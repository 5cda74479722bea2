import type { TypedValue } from "../oplog/entries.js";
import { typed } from "../oplog/untyped.js";

/** golem:rpc/types `wit-node`: a value flattened into a list; parts are named by their place in it. */
type WitNode = { tag: string; val: unknown };

export interface WitValue {
  nodes: WitNode[];
}

type Typ = { type: string } & Record<string, unknown>;

/** A typed value of Golem's REST API as WIT `wit-value`. */
export function witValue({ typ, value }: TypedValue): WitValue {
  const nodes: WitNode[] = [];
  const add = (t: Typ, v: unknown): number => {
    const at = nodes.push({ tag: "", val: undefined }) - 1;
    nodes[at] = node(t, v);
    return at;
  };
  const some = (t: unknown, v: unknown) => (t ? add(t as Typ, v) : undefined);
  const named = (t: Typ, field: string) => t[field] as { name: string; typ: Typ }[];
  function node(t: Typ, v: unknown): WitNode {
    switch (t.type) {
      case "Record":
        return {
          tag: "record-value",
          val: named(t, "fields").map((f) => add(f.typ, (v as Record<string, unknown>)[f.name])),
        };
      case "Tuple":
        return { tag: "tuple-value", val: (t.items as Typ[]).map((item, i) => add(item, (v as unknown[])[i])) };
      case "List":
        return { tag: "list-value", val: (v as unknown[]).map((item) => add(t.inner as Typ, item)) };
      case "Option":
        return { tag: "option-value", val: v === null ? undefined : add(t.inner as Typ, v) };
      case "Result": {
        const result = v as { ok?: unknown; err?: unknown };
        return {
          tag: "result-value",
          val:
            "ok" in result ? { tag: "ok", val: some(t.ok, result.ok) } : { tag: "err", val: some(t.err, result.err) },
        };
      }
      case "Variant": {
        const [name, payload] = Object.entries(v as object)[0] as [string, unknown];
        const cases = named(t, "cases");
        const index = cases.findIndex((c) => c.name === name);
        return { tag: "variant-value", val: [index, some(cases[index]?.typ, payload)] };
      }
      case "Enum":
        return { tag: "enum-value", val: (t.cases as string[]).indexOf(v as string) };
      case "Flags":
        return { tag: "flags-value", val: (t.names as string[]).map((name) => (v as string[]).includes(name)) };
      case "Str":
        return { tag: "prim-string", val: v };
      case "Bool":
        return { tag: "prim-bool", val: v };
      case "Chr":
        return { tag: "prim-char", val: String.fromCodePoint(v as number) };
      case "F32":
        return { tag: "prim-float32", val: v };
      case "F64":
        return { tag: "prim-float64", val: v };
      case "U64":
      case "S64":
        return { tag: `prim-${t.type.toLowerCase()}`, val: BigInt(v as number | bigint) };
      default:
        return { tag: `prim-${t.type.toLowerCase()}`, val: Number(v) };
    }
  }
  add(typ as Typ, value);
  return { nodes };
}

/** Something that a host function took or gave, whose WIT type nobody kept: typed by what it looks like. */
export function untypedWitValue(value: unknown): WitValue {
  return witValue(typed(value));
}
