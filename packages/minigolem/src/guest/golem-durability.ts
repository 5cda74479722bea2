import { createHash } from "node:crypto";
import type { HostRetryPolicy } from "../oplog/entries.js";
import type { Uuid } from "../uuid.js";
import type { GuestContext } from "./context.js";
import { Interrupt } from "./signals.js";

type Level = "persist-nothing" | "persist-remote-side-effects" | "smart";

/** What these functions need to know of the invocation that runs, and of the server. */
export interface DurabilityOptions {
  invocation: { key: string | undefined };
  defaultPolicy: HostRetryPolicy;
}

/** A key for the n-th thing of an invocation: the same again when the record is replayed. UUID version 5, as Golem's. */
function derivedKey(invocation: string, index: number): Uuid {
  const hash = createHash("sha1").update(`${invocation}-${index}`).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return { highBits: hash.readBigUInt64BE(0), lowBits: hash.readBigUInt64BE(8) };
}

/** The functions of golem:api/host about the oplog, the retry policy and what is recorded. */
export function durabilityFunctions(context: GuestContext, { invocation, defaultPolicy }: DurabilityOptions) {
  const { journal, worker } = context;
  let level: Level = "smart";
  return {
    getOplogIndex: () => BigInt(journal.noOp()),
    setOplogIndex(index: bigint): void {
      if (worker.ephemeral) context.hazard("step-in-ephemeral");
      if (journal.jumpTo(index)) throw new Interrupt("jump");
    },
    oplogCommit(_replicas: number): void {
      journal.commit();
    },
    markBeginOperation() {
      if (worker.ephemeral) context.hazard("step-in-ephemeral");
      return BigInt(journal.beginRegion());
    },
    markEndOperation: (begin: bigint) => journal.endRegion(Number(begin)),

    getRetryPolicy: (): HostRetryPolicy => journal.policy ?? defaultPolicy,
    setRetryPolicy({ maxAttempts, minDelay, maxDelay, multiplier }: HostRetryPolicy): void {
      journal.changePolicy({ maxAttempts, minDelay, maxDelay, multiplier }); // the jitter is lost, as on Golem 1.2
    },

    getOplogPersistenceLevel: () => ({ tag: level }),
    setOplogPersistenceLevel({ tag }: { tag: Level }): void {
      if (journal.live) journal.commit();
      level = tag;
      journal.persistNothing = tag === "persist-nothing";
    },
    getIdempotenceMode: () => journal.idempotent,
    setIdempotenceMode(idempotent: boolean): void {
      journal.idempotent = idempotent;
    },
    generateIdempotencyKey: (): Uuid => {
      const index = journal.index;
      return journal.durable("golem api::generate_idempotency_key", "WriteRemote", null, () =>
        derivedKey(invocation.key ?? "", index),
      );
    },
  };
}
