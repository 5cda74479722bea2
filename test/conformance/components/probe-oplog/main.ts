import {
  getRetryPolicy,
  getSelfMetadata,
  markBeginOperation,
  markEndOperation,
  oplogCommit,
  setRetryPolicy,
} from "golem:api/host@1.1.6";
import { GetOplog, type OplogEntry } from "golem:api/oplog@1.1.6";
import type { Guest } from "golem-retry";
import { ask, json, plannedDelay, requirePolicy } from "../shared.ts";

type Api = typeof import("probe:scenarios-exports/oplog-api");

let count = 0;

/** This worker's committed entries from an index on. The host does not put this on record. */
function readOplog(start: bigint): OplogEntry[] {
  const pages = new GetOplog(getSelfMetadata().workerId, start);
  const entries: OplogEntry[] = [];
  for (let page = pages.getNext(); page !== undefined; page = pages.getNext()) entries.push(...page);
  return entries;
}

/** Error entries since `begin` (the index of the first entry), up to the end of that region. */
function errorsSince(begin: bigint): number {
  let errors = 0;
  for (const entry of readOplog(begin)) {
    if (entry.tag === "end-atomic-region" && entry.val.beginIndex === begin) break;
    if (entry.tag === "error") errors++;
  }
  return errors;
}

export const oplogApi: Guest<Api> = {
  /**
   * A region that is done again, with a true upper bound and a delay of its own choice:
   * the attempts made so far are the errors on record. mode "commit" commits before it reads.
   */
  async countErrors(base, key, text, mode) {
    const wanted = requirePolicy(text);
    const old = getRetryPolicy();
    const begin = markBeginOperation();
    if (mode.includes("commit")) oplogCommit(1);
    const errors = errorsSince(begin);
    const answer = await ask(base, key);
    if (!answer.ok) {
      if (errors < wanted.maxAttempts) {
        const delay = BigInt(Math.round(plannedDelay(wanted, errors + 1) * 1e6));
        setRetryPolicy({ maxAttempts: wanted.maxAttempts, minDelay: delay, maxDelay: delay, multiplier: 1 });
        throw new Error(`attempt ${errors + 1}: ${answer.status}`);
      }
      setRetryPolicy({ maxAttempts: 0, minDelay: 0n, maxDelay: 0n, multiplier: 1 });
      throw new Error(`exhausted after ${errors + 1}: ${answer.status}`);
    }
    markEndOperation(begin);
    setRetryPolicy(old);
    return mode.includes("quiet") ? answer.text : json({ errors, text: answer.text });
  },
  dumpOplog: () => json(readOplog(1n).map((entry, i) => [i + 1, entry.tag])),
  readAt: (start) => json(readOplog(start).map((entry) => entry.tag)),
  throwPlain(message) {
    throw new Error(message);
  },
  counter: () => BigInt(++count),
};
