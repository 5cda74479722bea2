/** A WIT type in the JSON of Golem's REST API. */
export type WitType =
  | { type: (typeof primitives)[number] }
  | { type: "List" | "Option"; inner: WitType }
  | { type: "Tuple"; items: WitType[] }
  | { type: "Record"; fields: { name: string; typ: WitType }[] }
  | { type: "Variant"; cases: { name: string; typ: WitType | null }[] }
  | { type: "Enum"; cases: string[] }
  | { type: "Flags"; names: string[] }
  | { type: "Result"; ok: WitType | null; err: WitType | null }
  | { type: "Handle"; resource_id: number; mode: "Owned" | "Borrowed" };

export const primitives = [
  "Bool",
  "S8",
  "U8",
  "S16",
  "U16",
  "S32",
  "U32",
  "S64",
  "U64",
  "F32",
  "F64",
  "Chr",
  "Str",
] as const;

export interface Parameter {
  name: string;
  typ: WitType;
}

/** As WIT names it: `fetch-order`, `[constructor]cart`, `[method]cart.add`, `[static]cart.merge`. */
export interface WitFunction {
  name: string;
  parameters: Parameter[];
  results: { name: string | null; typ: WitType }[];
}
