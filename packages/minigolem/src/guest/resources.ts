import type { IndexedResource } from "../component/indexed.js";
import { type Handles, InvalidValue, resourceNumber, resourceUri } from "../component/values.js";
import type { GuestContext } from "./context.js";

/** The resources that an instance has given out, some of them known by their constructor's arguments. */
export interface Resources extends Handles {
  /** @returns the text of the one with this key, or undefined when there is none any more */
  indexed(key: string): string | undefined;
  /** From now on this one is known by its arguments, until it is dropped. */
  describe(text: string, indexed: IndexedResource): void;
}

/**
 * The resources that an instance has given out. A replay makes them anew, each with the number it had; what is given out or
 * taken back live is on record.
 */
export function resources({ journal, worker }: GuestContext): Resources {
  const uri = resourceUri(worker.componentId, worker.workerName);
  const given = new Map<number, unknown>();
  const byKey = new Map<string, number>();
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
    indexed(key) {
      const id = byKey.get(key);
      return id !== undefined && given.has(id) ? `${uri}/${id}` : undefined;
    },
    describe(text, { key, resourceName, resourceParams, arguments: request }) {
      const id = resourceNumber(text, uri);
      byKey.set(key, id);
      if (journal.live) journal.add({ type: "DescribeResource", id, resourceName, resourceParams, request });
    },
  };
}
