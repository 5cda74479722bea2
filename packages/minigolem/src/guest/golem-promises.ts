import type { GuestContext } from "./context.js";
import { type Asking, addressOf } from "./golem-asking.js";
import { Suspend } from "./signals.js";
import type { WorkerId } from "./worker-id.js";

interface PromiseId {
  workerId: WorkerId;
  oplogIdx: bigint;
}

const promise = (id: PromiseId) => ({ ...addressOf(id.workerId), index: Number(id.oplogIdx) });

/** The functions of golem:api/host about promises. */
export function promiseFunctions({ journal }: GuestContext, { own, ask }: Asking) {
  return {
    createPromise(): PromiseId {
      const index = journal.noOp();
      const id = { workerId: own, oplogIdx: BigInt(index) };
      ask("promise.create", promise(id));
      return id;
    },
    awaitPromise(id: PromiseId): Uint8Array {
      const data = ask<Uint8Array | null>("promise.get", promise(id));
      if (data === null) throw new Suspend(undefined);
      return data;
    },
    pollPromise: (id: PromiseId): Uint8Array | undefined =>
      journal.durable("golem::api::poll_promise", "ReadRemote", promise(id), () =>
        ask<Uint8Array | null>("promise.get", promise(id)),
      ) ?? undefined,
    completePromise: (id: PromiseId, data: Uint8Array): boolean =>
      journal.durable("golem:api::complete_promise", "WriteLocal", promise(id), () =>
        ask<boolean>("promise.complete", { ...promise(id), data }),
      ),
    deletePromise(id: PromiseId): void {
      journal.durable("golem:api::delete_promise", "WriteLocal", promise(id), () => {
        ask("promise.delete", promise(id));
        return null;
      });
    },
  };
}
