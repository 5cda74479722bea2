import { parseUuid, uuidText } from "../uuid.js";
import type { GuestContext } from "./context.js";
import type { WorkerId } from "./worker-id.js";

/** What the functions of golem:api/host ask the engine with. */
export interface Asking {
  /** The worker that asks. */
  own: WorkerId;
  /** Blocks until the engine has answered. */
  ask<T>(what: string, payload: unknown): T;
}

export function asking({ channel, worker }: GuestContext): Asking {
  return {
    own: { componentId: { uuid: parseUuid(worker.componentId) }, workerName: worker.workerName },
    ask: (what, payload) => channel.request(what, payload),
  };
}

/** A worker's id, as the engine knows it. */
export const addressOf = (id: WorkerId) => ({
  componentId: uuidText(id.componentId.uuid),
  workerName: id.workerName,
});
