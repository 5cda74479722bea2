/** The part of a host's retry policy that a test can say in one string. */
export interface Policy {
  maxAttempts: number;
  minDelay: bigint;
  maxDelay: bigint;
  multiplier: number;
  maxJitterFactor?: number;
}

const nanos = (ms: string) => BigInt(Math.round(Number(ms) * 1e6));

/** "max-attempts,min-ms,max-ms,multiplier[,jitter]"; "" is no policy, a negative jitter none. */
export function parsePolicy(text: string): Policy | undefined {
  if (text === "") return undefined;
  const [max = "", min = "", top = "", multiplier = "", jitter] = text.split(",").map((part) => part.trim());
  const policy: Policy = {
    maxAttempts: Number(max),
    minDelay: nanos(min),
    maxDelay: nanos(top),
    multiplier: Number(multiplier),
  };
  if (jitter !== undefined && Number(jitter) >= 0) policy.maxJitterFactor = Number(jitter);
  return policy;
}

/** As `parsePolicy`, where one has to be given. */
export function requirePolicy(text: string): Policy {
  const policy = parsePolicy(text);
  if (policy) return policy;
  throw new Error("no policy: expected max-attempts,min-ms,max-ms,multiplier");
}

/** JSON has neither bigint nor NaN. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, v) => {
    if (typeof v === "bigint") return Number(v);
    if (typeof v === "number" && !Number.isFinite(v)) return String(v);
    return v === undefined ? null : v;
  });
}

export interface Answer {
  ok: boolean;
  status: number;
  text: string;
}

/** One request, its body read to the end. */
export async function ask(base: string, key: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`${base}/${key}`, init);
  const text = await response.text();
  return { ok: response.ok, status: response.status, text };
}

/** As `ask`, and an answer that is not ok throws. */
export async function need(base: string, key: string, init?: RequestInit): Promise<string> {
  const answer = await ask(base, key, init);
  if (!answer.ok) throw new Error(`upstream said ${answer.status}: ${answer.text}`);
  return answer.text;
}

/** Throws before the body of a bad answer is read. */
export async function needUnread(base: string, key: string): Promise<string> {
  const response = await fetch(`${base}/${key}`);
  if (!response.ok) throw new Error(`upstream said ${response.status} (body not read)`);
  return response.text();
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Milliseconds before attempt n (n = 1 is the first retry), as the documentation of a policy reads. */
export function plannedDelay(policy: Policy, n: number): number {
  const min = Number(policy.minDelay) / 1e6;
  const max = Number(policy.maxDelay) / 1e6;
  return Math.min(max, min * policy.multiplier ** (n - 1));
}

export const hex = (u: { highBits: bigint; lowBits: bigint }) =>
  u.highBits.toString(16).padStart(16, "0") + u.lowBits.toString(16).padStart(16, "0");
