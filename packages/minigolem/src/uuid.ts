/** WIT `uuid` of golem:rpc. */
export interface Uuid {
  highBits: bigint;
  lowBits: bigint;
}

const hex = (n: bigint) => BigInt.asUintN(64, n).toString(16).padStart(16, "0");

export function uuidText({ highBits, lowBits }: Uuid): string {
  const digits = hex(highBits) + hex(lowBits);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}

export function parseUuid(text: string): Uuid {
  const digits = text.replaceAll("-", "");
  return { highBits: BigInt(`0x${digits.slice(0, 16)}`), lowBits: BigInt(`0x${digits.slice(16)}`) };
}
