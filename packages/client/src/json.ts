import { parse, stringify } from "lossless-json";

/** Reads JSON. Whole numbers that a double cannot hold become bigint. */
export const fromJson = (text: string): unknown =>
  /\d{16}/.test(text) ? parse(text, undefined, number) : JSON.parse(text); // which takes a tenth of the time

/** Writes JSON, with a bigint as a number. */
export const toJson = (value: unknown): string | undefined => stringify(value);

const number = (text: string): number | bigint =>
  /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);
