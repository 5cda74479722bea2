import { generateIdempotencyKey } from "golem:api/host@1.1.0";
import { giveUp } from "./errors.js";
import { openLoop, openRegion } from "./region.js";

const hex = (n: bigint) => n.toString(16).padStart(16, "0");

/**
 * A UUID that is the same in each replay: send it with a request, and a service that knows it does the work once.
 * @throws inside `retrying`, `atomically` and `retryingInPlace`: each execution would have another. Take it before
 */
export function idempotencyKey(): string {
  const kind = openRegion()?.kind ?? openLoop()?.kind;
  if (kind && kind !== "attempt") {
    const why = `inside ${kind} each execution would send another key; take it before, and use it inside`;
    throw giveUp(new Error(`idempotencyKey: ${why}`));
  }
  const { highBits, lowBits } = generateIdempotencyKey();
  const digits = hex(highBits) + hex(lowBits);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
