import type { Fields } from "./entries.js";
import type { Band, Undone } from "./model.js";
import { type Policy, policyOf, samePolicy } from "./policy.js";

interface Set {
  index: number;
  at: number;
  policy: Policy;
  own: boolean;
}

/** Follows the policy in force through an oplog, jumps and reverts included. */
export class PolicyTrack {
  readonly #first: Set;
  /** What was set, less what was dropped. */
  #sets: Set[] = [];
  /** Each change of what is in force. */
  readonly #changes: Set[];
  /** Nothing was done since the last change. */
  #quiet = false;

  constructor(defaultPolicy: Policy) {
    this.#first = { index: 0, at: 0, policy: defaultPolicy, own: true };
    this.#changes = [this.#first];
  }

  get inForce(): Set {
    return this.#sets.at(-1) ?? this.#first;
  }

  set(index: number, at: number, entry: Fields): void {
    const policy = policyOf(entry);
    this.#sets.push({ index, at, policy, own: samePolicy(policy, this.#first.policy) }); // also one put back as it was
    this.#changes.push({ ...this.inForce });
    this.#quiet = true;
  }

  /** Something was done that an override may be meant for. */
  disturb(): void {
    this.#quiet = false;
  }

  drop({ start, end }: { start: number; end: number }, index: number, at: number): void {
    const before = this.inForce;
    this.#sets = this.#sets.filter((one) => one.index < start || one.index > end);
    if (this.inForce !== before) this.#changes.push({ ...this.inForce, index, at });
  }

  /** A durable step has set the last policy for its trap alone: it is left out of the bands. */
  disregard(after: number): void {
    const last = this.inForce;
    if (last.index <= after) return;
    const at = this.#changes.findLastIndex(({ index }) => index === last.index);
    if (at > 0) this.#changes.splice(at, 1);
  }

  /** The override that was taken back just now, if an invocation that began at an index did so. */
  undone(since: number): Undone | undefined {
    if (!this.#quiet) return undefined;
    const [back, override] = [this.#sets.at(-1), this.#sets.at(-2)];
    const before = this.#sets.at(-3) ?? this.#first;
    if (!back || !override || override.index <= since) return undefined;
    if (!samePolicy(back.policy, before.policy) || samePolicy(back.policy, override.policy)) return undefined;
    const mark = ({ index, at }: Set) => ({ index, at });
    return { policy: override.policy, set: mark(override), restored: mark(back) };
  }

  bands(end: number): Band[] {
    const bands: Band[] = [];
    for (const { index, at, policy, own } of this.#changes) {
      const last = bands.at(-1);
      if (last && samePolicy(last.policy, policy) && last.own === own) continue;
      if (last) last.end = at;
      if (last && last.at === at) bands.pop();
      bands.push({ index, at, end, policy, own });
    }
    return bands;
  }
}
