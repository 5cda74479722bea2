import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WitType } from "../src/component/types.js";
import { InvalidValue } from "../src/component/values.js";
import { fromWave } from "../src/component/wave.js";
import { fromJson, toJson } from "../src/rest/json.js";
import { type Attacked, startAttacked } from "./attack.js";
import { runs } from "./runs.js";
import { buildEcho } from "./wat/echo.js";

let attacked: Attacked;
beforeAll(async () => {
  attacked = await startAttacked();
});
afterAll(() => attacked.close());

const words = ["a", "name", "two-words", "HTTP-code", "x1", "constructor", "type", "to-string", "val", "tag"];
const names = (least: number) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: least, maxLength: 5, selector: (w) => w.toLowerCase() });
const primitive = fc.constantFrom(
  ...(["Bool", "S8", "U8", "S16", "U16", "S32", "U32", "S64", "U64", "F32", "F64", "Chr", "Str"] as const),
);

/** Any WIT type but resources. */
const { typ: anyType } = fc.letrec<{ typ: WitType; maybe: WitType | null }>((tie) => ({
  maybe: fc.option(tie("typ"), { maxDepth: 3 }),
  typ: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    primitive.map((type): WitType => ({ type })),
    tie("typ").map((inner): WitType => ({ type: "List", inner })),
    tie("typ").map((inner): WitType => ({ type: "Option", inner })),
    fc.array(tie("typ"), { minLength: 1, maxLength: 4 }).map((items): WitType => ({ type: "Tuple", items })),
    fc.tuple(names(1), fc.array(tie("typ"), { minLength: 5, maxLength: 5 })).map(
      ([all, types]): WitType => ({
        type: "Record",
        fields: all.map((name, i) => ({ name, typ: types[i] as WitType })),
      }),
    ),
    fc.tuple(names(1), fc.array(tie("maybe"), { minLength: 5, maxLength: 5 })).map(
      ([all, types]): WitType => ({
        type: "Variant",
        cases: all.map((name, i) => ({ name, typ: types[i] ?? null })),
      }),
    ),
    names(1).map((cases): WitType => ({ type: "Enum", cases })),
    names(1).map((all): WitType => ({ type: "Flags", names: all })),
    fc.tuple(tie("maybe"), tie("maybe")).map(([ok, err]): WitType => ({ type: "Result", ok, err })),
  ),
}));

/** A whole number as JSON has it: beyond 2^53 a bigint. */
const whole = (min: bigint, max: bigint) =>
  fc.bigInt({ min, max }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n));

/** Values of a type, in the JSON of Golem's REST API. */
function valuesOf(typ: WitType): fc.Arbitrary<unknown> {
  switch (typ.type) {
    case "Bool":
      return fc.boolean();
    case "F32":
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case "F64":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "Chr":
      return fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
    case "Str":
      return fc.oneof(fc.string({ unit: "binary" }), fc.constant("\ufeffmarked"));
    case "List":
      return fc.array(valuesOf(typ.inner), { maxLength: 4 });
    case "Option":
      return fc.option(valuesOf(typ.inner));
    case "Tuple":
      return fc.tuple(...typ.items.map(valuesOf));
    case "Record":
      return fc
        .tuple(...typ.fields.map((field) => valuesOf(field.typ)))
        .map((values) => Object.fromEntries(typ.fields.map(({ name }, i) => [name, values[i]])));
    case "Variant":
      return fc.oneof(...typ.cases.map((item) => payload(item.typ).map((value) => ({ [item.name]: value }))));
    case "Result":
      return fc.oneof(
        payload(typ.ok).map((ok) => ({ ok })),
        payload(typ.err).map((err) => ({ err })),
      );
    case "Enum":
      return fc.constantFrom(...typ.cases);
    case "Flags":
      return fc.subarray(typ.names);
    case "Handle":
      return fc.constant(null);
    default: {
      const bits = BigInt(typ.type.slice(1));
      return typ.type.startsWith("U")
        ? whole(0n, 2n ** bits - 1n)
        : whole(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n);
    }
  }
}
const payload = (typ: WitType | null) => (typ ? valuesOf(typ) : fc.constant(null));

let components = 0;

/** Sends lists of each type through a component of its own. */
async function check(types: WitType[], seed: number, samples: number): Promise<void> {
  const id = await attacked.upload(`echo-${++components}`, await buildEcho(types));
  for (const [i, typ] of types.entries()) {
    const sent = toJson(fc.sample(valuesOf(typ), { numRuns: samples, seed }));
    const path = `/${id}/workers/w/invoke-and-await?function=test:echo/api.{echo-${i}}`;
    const { status, text } = await attacked.ask("POST", path, `{"params":[{"value":${sent}}]}`);
    expect(status, `${JSON.stringify(typ)}: ${text.slice(0, 500)}`).toBe(200);
    const { result } = fromJson(text) as { result: { value: unknown[] } };
    expect(toJson(result.value[0]), JSON.stringify(typ)).toBe(toJson(fromJson(sent)));
  }
}

describe("values come back as they were sent", { timeout: 600_000 }, () => {
  const option = (inner: WitType): WitType => ({ type: "Option", inner });
  const u32: WitType = { type: "U32" };

  test("options within options", () =>
    check([option(u32), option(option(u32)), option(option(option(u32))), option(option(option(option(u32))))], 1, 20));

  test("of every primitive type", async () => {
    const all = ["Bool", "S8", "U8", "S16", "U16", "S32", "U32", "S64", "U64", "F32", "F64", "Chr", "Str"] as const;
    await check(
      all.map((type) => ({ type })),
      2,
      50,
    );
  });

  test("of any type", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyType, { minLength: 10, maxLength: 10 }), fc.nat(), (types, seed) =>
        check(types, seed, 8),
      ),
      { numRuns: runs(2, 60), endOnFailure: true },
    ));
});

const quoted = (text: string) => `"${[...text].map((c) => `\\u{${c.codePointAt(0)?.toString(16)}}`).join("")}"`;
const of = (word: string, typ: WitType | null | undefined, value: unknown) =>
  typ ? `${word}(${wave(typ, value)})` : word;

/** A value as WAVE has it. */
function wave(typ: WitType, value: unknown): string {
  const entries = () => Object.entries(value as object)[0] as [string, unknown];
  switch (typ.type) {
    case "Str":
      return quoted(value as string);
    case "Chr":
      return `'\\u{${(value as number).toString(16)}}'`;
    case "List":
      return `[${(value as unknown[]).map((item) => wave(typ.inner, item)).join(", ")}]`;
    case "Tuple":
      return `(${typ.items.map((item, i) => wave(item, (value as unknown[])[i])).join(",")})`;
    case "Record":
      return `{${typ.fields.map(({ name, typ }) => ` ${name} : ${wave(typ, (value as Record<string, unknown>)[name])}`)}}`;
    case "Option":
      return value === null ? "none" : of("some", typ.inner, value);
    case "Result":
      return of(entries()[0], typ[entries()[0] as "ok" | "err"], entries()[1]);
    case "Variant":
      return of(entries()[0], typ.cases.find(({ name }) => name === entries()[0])?.typ, entries()[1]);
    case "Flags":
      return `{${(value as string[]).join()}}`;
    default:
      return Object.is(value, -0) ? "-0" : `${value}`;
  }
}

describe("the text of a resource's arguments", () => {
  test("gives a value of any type", () =>
    fc.assert(
      fc.property(
        anyType.chain((typ) => fc.tuple(fc.constant(typ), valuesOf(typ))),
        ([typ, value]) => {
          expect(toJson(fromWave(typ, wave(typ, value)))).toBe(toJson(value));
        },
      ),
      { numRuns: runs(300, 5_000) },
    ));

  const str: WitType = { type: "Str" };
  const point: WitType = { type: "Record", fields: [{ name: "x", typ: { type: "Option", inner: str } }] };
  test.each<[WitType, string, unknown]>([
    [str, ' "a \\"b\\" \\n" ', 'a "b" \n'],
    [point, '{x: "a",}', { x: "a" }],
    [point, "{:}", {}],
    [{ type: "Result", ok: str, err: null }, '"a"', { ok: "a" }],
    [{ type: "Enum", cases: ["list"] }, "%list", "list"],
  ])("of type %o may be %s", (typ, text, value) => expect(fromWave(typ, text)).toEqual(value));

  test.each<[WitType, string, string]>([
    [str, '"a', 'at character 1 of "a: expected a text'],
    [str, '"\\u{110000}"', "is no character"],
    [{ type: "U8" }, "", "expected a number, found its end"],
    [{ type: "Tuple", items: [str] }, '("a", "b")', 'expected ")"'],
    [{ type: "Enum", cases: ["red", "blue"] }, "green", 'expected "red" or "blue", found green'],
    [{ type: "Handle", resource_id: 0, mode: "Owned" }, "1", "a resource cannot be an argument"],
  ])("of type %o may not be %s", (typ, text, message) => {
    expect(() => fromWave(typ, text)).toThrow(InvalidValue);
    expect(() => fromWave(typ, text)).toThrow(message);
  });
});
