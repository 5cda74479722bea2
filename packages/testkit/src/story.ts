import type { IndexedEntry, Worker } from "golem-client";
import { type Timeline, timelineOf } from "golem-timeline";
import type { Engine } from "./engine.js";
import { asTimelinePolicy } from "./policy.js";

/** Makes the timelines of one worker, with the places in its source at which it failed. */
export async function storyOf(
  { client, defaultPolicy }: Engine,
  worker: Worker,
): Promise<(entries: readonly IndexedEntry[]) => Timeline> {
  const places = await worker
    .metadata()
    .then(({ componentVersion }) => client.components.places(worker.componentId, componentVersion))
    .catch(() => undefined); // it does not exist yet, or has been deleted
  const options = { defaultPolicy: asTimelinePolicy(defaultPolicy), ...(places && { places }) };
  return (entries) => timelineOf(entries, options);
}
