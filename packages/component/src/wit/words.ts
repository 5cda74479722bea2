/** The words that begin a statement of WIT. */
export const keywords: readonly string[] = [
  "package",
  "interface",
  "world",
  "import",
  "export",
  "include",
  "use",
  "type",
  "record",
  "variant",
  "enum",
  "flags",
  "resource",
  "constructor",
  "static",
  "func",
];

/** The types that WIT knows without a declaration. */
export const types: readonly string[] = [
  "bool",
  "char",
  "string",
  "list",
  "option",
  "result",
  "tuple",
  "borrow",
  ...["s8", "s16", "s32", "s64", "u8", "u16", "u32", "u64", "f32", "f64"],
];
