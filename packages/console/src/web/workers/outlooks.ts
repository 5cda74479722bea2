import type { WorkerMetadata } from "golem-client";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Outlook, outlook } from "../../story/outlook.js";
import { readOplog } from "../server/oplogs.js";

/** Oplogs that are read at the same time. A list that is read anew doesn't begin more of them. */
const atOnce = 6;

export const outlookKey = ({ workerId, createdAt }: WorkerMetadata) =>
  `${workerId.componentId}/${workerId.workerName}/${createdAt}`;

const isLively = ({ status }: WorkerMetadata) =>
  status === "Running" || status === "Retrying" || status === "Suspended";

/** What the oplogs of these workers say about retries, as far as it is known. It is read anew whenever the list was. */
export function useOutlooks(workers: readonly WorkerMetadata[] | undefined): ReadonlyMap<string, Outlook> {
  const [known, setKnown] = useState<ReadonlyMap<string, Outlook>>(new Map());
  const seen = useRef(known);
  seen.current = known;
  /** The next one to be read: unknown ones first, then those that do something, then the others in turn. */
  const waiting = useRef<WorkerMetadata[]>([]);
  const reading = useRef(0);
  useEffect(() => {
    if (!workers) return;
    const rank = (one: WorkerMetadata) => (!seen.current.has(outlookKey(one)) ? 0 : isLively(one) ? 1 : 2);
    waiting.current = workers.toSorted((a, b) => rank(a) - rank(b));
    const readAll = async () => {
      reading.current++;
      for (let next = waiting.current.shift(); next; next = waiting.current.shift()) {
        const { status } = next;
        const key = outlookKey(next);
        const entries = await readOplog(next).catch(() => undefined); // it may be deleted just now
        if (entries) setKnown((before) => new Map(before).set(key, outlook(entries, status)));
      }
      reading.current--;
    };
    const more = Math.min(atOnce - reading.current, waiting.current.length);
    for (let i = 0; i < more; i++) readAll();
  }, [workers]);
  return known;
}
