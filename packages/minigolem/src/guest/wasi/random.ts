import { randomBytes } from "node:crypto";
import type { GuestContext, Imports } from "../context.js";
import { HostTrap } from "../signals.js";

/** Bytes that may be asked for at a time. */
const most = 1n << 20n;

function bytes(length: bigint): Uint8Array {
  if (length > most) throw new HostTrap(`${length} random bytes were asked for: minigolem gives ${most} at a time`);
  return new Uint8Array(randomBytes(Number(length)));
}
const u64 = () => randomBytes(8).readBigUInt64LE();

/** wasi:random; the insecure ones are no less random. */
export function random({ journal }: GuestContext): Imports {
  const read = <T>(name: string, request: unknown, make: () => T) =>
    journal.durable(`golem random${name}`, "ReadLocal", request, make);
  return {
    "wasi:random/random": {
      getRandomBytes: (length: bigint) => read("::get_random_bytes", length, () => bytes(length)),
      getRandomU64: () => read("::get_random_u64", null, u64),
    },
    "wasi:random/insecure": {
      getInsecureRandomBytes: (length: bigint) =>
        read("::insecure::get_insecure_random_bytes", length, () => bytes(length)),
      getInsecureRandomU64: () => read("::insecure::get_insecure_random_u64", null, u64),
    },
    "wasi:random/insecure-seed": {
      insecureSeed: () => read("::insecure_seed::insecure_seed", null, () => [u64(), u64()]),
    },
  };
}
