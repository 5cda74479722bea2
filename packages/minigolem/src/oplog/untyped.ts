import type { WitType } from "../component/types.js";

export interface Typed {
  typ: WitType;
  value: unknown;
}

/** Something that a host function took or gave, whose WIT type nobody kept: typed by what it looks like. */
export function typed(value: unknown): Typed {
  if (typeof value === "string") return { typ: { type: "Str" }, value };
  if (typeof value === "boolean") return { typ: { type: "Bool" }, value };
  if (typeof value === "bigint") return { typ: { type: value < 0n ? "S64" : "U64" }, value };
  if (typeof value === "number")
    return { typ: { type: Number.isSafeInteger(value) ? (value < 0 ? "S64" : "U64") : "F64" }, value };
  if (value === null || value === undefined) return { typ: { type: "Option", inner: { type: "Str" } }, value: null };
  if (value instanceof Uint8Array) return { typ: { type: "List", inner: { type: "U8" } }, value: Array.from(value) };
  if (Array.isArray(value)) {
    const items = value.map(typed);
    return { typ: { type: "Tuple", items: items.map((item) => item.typ) }, value: items.map((item) => item.value) };
  }
  const fields = Object.entries(value).map(([name, inner]) => ({ name, ...typed(inner) }));
  return {
    typ: { type: "Record", fields: fields.map(({ name, typ }) => ({ name, typ })) },
    value: Object.fromEntries(fields.map((field) => [field.name, field.value])),
  };
}

/** What a host function gave, as Golem puts it on record: a result that went well. */
export function ok({ typ, value }: Typed): Typed {
  return { typ: { type: "Result", ok: typ, err: null }, value: { ok: value } };
}

/** A result that went wrong. */
export function err({ typ, value }: Typed): Typed {
  return { typ: { type: "Result", ok: null, err: typ }, value: { err: value } };
}

/** One case of a variant, the others of which nobody kept. */
export function variant(name: string, inner?: Typed): Typed {
  return {
    typ: { type: "Variant", cases: [{ name, typ: inner?.typ ?? null }] },
    value: { [name]: inner ? inner.value : null },
  };
}
