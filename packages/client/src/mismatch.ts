import { didYouMean } from "./suggestion.js";
import type { ExportedFunction, WitType, WitValue } from "./types.js";

const integers: Record<string, [least: bigint, most: bigint]> = Object.fromEntries(
  [8n, 16n, 32n, 64n].flatMap((bits) => [
    [`U${bits}`, [0n, 2n ** bits - 1n]],
    [`S${bits}`, [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]],
  ]),
);

/** Says which parameters don't have their types, and where in them: the server's answer names no place. */
export function mismatches(parameters: ExportedFunction["parameters"], values: readonly WitValue[]): string[] {
  return parameters.flatMap(({ name, typ }, i) => [...within(typ, values[i] ?? null, `parameter ${name}`)]);
}

function* within(typ: WitType, value: WitValue, place: string): Generator<string> {
  switch (typ.type) {
    case "List":
      if (!Array.isArray(value)) return yield expected("an array", value, place);
      for (const [i, one] of value.entries()) yield* within(typ.inner, one, `${place}[${i}]`);
      return;
    case "Tuple":
      if (!Array.isArray(value) || value.length !== typ.items.length)
        return yield expected(`an array of ${typ.items.length}`, value, place);
      for (const [i, item] of typ.items.entries()) yield* within(item, value[i], `${place}[${i}]`);
      return;
    case "Option":
      if (value !== null && value !== undefined) yield* within(typ.inner, value, place);
      return;
    case "Record":
      return yield* withinRecord(typ, value, place);
    case "Variant":
      return yield* withinVariant(typ, value, place);
    case "Enum":
      if (!typ.cases.includes(value as string)) yield oneOf(typ.cases, value, place);
      return;
    case "Flags":
      if (!Array.isArray(value)) return yield expected("an array of names", value, place);
      for (const one of value) if (!typ.names.includes(one)) yield oneOf(typ.names, one, place);
      return;
    case "Result":
    case "Handle":
      return; // nobody but a component makes one
    default:
      if (!fits(typ.type, value)) yield expected(plain[typ.type] ?? typ.type.toLowerCase(), value, place);
  }
}

function* withinRecord(typ: WitType & { type: "Record" }, value: WitValue, place: string): Generator<string> {
  if (!isObject(value)) return yield expected("an object", value, place);
  const names = typ.fields.map(({ name }) => name);
  for (const field of typ.fields) {
    if (Object.hasOwn(value, field.name)) yield* within(field.typ, value[field.name], `${place}.${field.name}`);
    else if (field.typ.type !== "Option") yield `${place}.${field.name} is missing.`;
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) yield `${place} has no field "${name}". ${didYouMean(name, names) || listed(names)}`;
  }
}

function* withinVariant(typ: WitType & { type: "Variant" }, value: WitValue, place: string): Generator<string> {
  const names = typ.cases.map(({ name }) => name);
  const [name, ...more] = isObject(value) ? Object.keys(value) : [];
  if (name === undefined || more.length > 0) return yield expected(`{ "case": value }`, value, place);
  const found = typ.cases.find((one) => one.name === name);
  if (!found) return yield oneOf(names, name, place);
  const payload = (value as Record<string, WitValue>)[name];
  if (found.typ) yield* within(found.typ, payload, `${place}.${name}`);
  else if (payload !== null) yield expected("null", payload, `${place}.${name}`);
}

const plain: Record<string, string> = {
  Bool: "a boolean",
  Str: "a string",
  Chr: "a character as its code point, a number",
  F32: "a number",
  F64: "a number",
};

function fits(type: string, value: WitValue): boolean {
  if (type === "Bool") return typeof value === "boolean";
  if (type === "Str") return typeof value === "string";
  const [least, most] = integers[type === "Chr" ? "U32" : type] ?? [];
  if (least === undefined || most === undefined) return typeof value === "number" || typeof value === "bigint";
  const whole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  return whole && BigInt(value) >= least && BigInt(value) <= most;
}

const isObject = (value: WitValue): value is Record<string, WitValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const listed = (names: readonly string[]) => `It has ${names.join(", ")}.`;
const oneOf = (names: readonly string[], value: WitValue, place: string) =>
  `${place} is ${shown(value)}. ${(typeof value === "string" && didYouMean(value, names)) || `Use one of ${names.join(", ")}.`}`;
const expected = (what: string, value: WitValue, place: string) => `${place} is ${shown(value)}. Use ${what}.`;

function shown(value: WitValue): string {
  if (typeof value === "bigint") return `${value}`;
  const text = JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one)) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
