import { type Handles, InvalidValue, resourceNumber, resourceUri } from "../component/values.js";
import type { GuestContext } from "./context.js";

/**
 * The resources that an instance has given out. A replay makes them anew, each with the number it had; what is given out or
 * taken back live is on record.
 */
export function resources({ journal, worker }: GuestContext): Handles {
  const uri = resourceUri(worker.componentId, worker.workerName);
  const given = new Map<number, unknown>();
  let next = 0;
  const note = (type: "CreateResource" | "DropResource", id: number) => {
    if (journal.live) journal.add({ type, id });
  };
  return {
    find(text, mode) {
      const id = resourceNumber(text, uri);
      if (!given.has(id)) throw new InvalidValue([`there is no resource ${text}`]);
      const object = given.get(id);
      if (mode === "Owned") {
        given.delete(id);
        note("DropResource", id);
      }
      return object;
    },
    keep(object) {
      const id = next++;
      given.set(id, object);
      note("CreateResource", id);
      return `${uri}/${id}`;
    },
  };
}
