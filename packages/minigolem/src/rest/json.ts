import { parse, stringify } from "lossless-json";
import { isUnicode } from "../unicode.js";

/** JSON within JSON, as serde has it, which Golem reads JSON with. */
const deepest = 128;
/** Digits of a number, with sign, point and exponent. The longest double in full has some 1,100. */
const longestNumber = 1_200;

/**
 * Reads a request's JSON. A whole number that a double cannot hold is a bigint.
 * @throws Error when it is none, is nested too deep, or has a number that is too long or a text that is no Unicode
 */
export function fromJson(text: string): unknown {
  refuseDeep(text);
  const value = /\d{16}/.test(text) ? parse(text, null, { parseNumber: exactly }) : JSON.parse(text);
  if (/\\u[dD][89a-fA-F]/.test(text) || !isUnicode(text)) refuseSurrogates(value);
  return value;
}

/** Writes an answer's JSON. Zero keeps its sign, and a bigint is a number. */
export const toJson = (value: unknown): string =>
  stringify(value, null, undefined, [{ test: (item) => Object.is(item, -0), stringify: () => "-0.0" }]) as string;

function exactly(text: string): number | bigint {
  if (text.length > longestNumber)
    throw new Error(`a number has ${text.length} characters, at most ${longestNumber} are read`);
  const value = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

function refuseDeep(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = endOfText(text, i);
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > deepest) throw new Error(`it is nested deeper than ${deepest} levels`);
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
}

/** @param begin where a text's first quote is */
function endOfText(text: string, begin: number): number {
  let end = begin;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
  } while (isEscaped(text, end));
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function refuseSurrogates(value: unknown): void {
  if (typeof value === "string" && !isUnicode(value)) throw new Error("a text has half of a surrogate pair in it");
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    refuseSurrogates(key);
    refuseSurrogates(item);
  }
}
