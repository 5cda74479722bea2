import type { Report } from "./finding.js";
import type { Known, Names } from "./names.js";
import type { Origins } from "./origin.js";
import { callsOf } from "./walk.js";

const changes = ({ module, name }: Known) =>
  (name === "setRetryPolicy" && (module === "golem:api/host" || module === "golem-retry")) ||
  (name === "withRetryPolicy" && module === "golem-retry");

const records = ({ module, name }: Known) =>
  (name === "markBeginOperation" && module === "golem:api/host") ||
  (/^(retrying|retryingInPlace|attempt|atomically)$/.test(name) && module === "golem-retry");

/** Golem answers these from what is there now, also in a replay: it has no entry of what they said. */
const isUnrecorded = ({ module, name, owner }: Known) =>
  module === "golem:api/oplog" ||
  (module === "golem:api/host" &&
    (/^(getSelfMetadata|getWorkerMetadata|GetWorkers)$/.test(name) || owner === "GetWorkers"));

/** Policies and regions come back by replay: what decides about them must be the same then. */
export function unrecordedCondition(names: Names, origins: Origins): Report[] {
  return names.files.flatMap((file) =>
    callsOf(file).flatMap((call): Report[] => {
      const hit = names.reach(call).find(({ known }) => changes(known) || records(known));
      if (!hit) return [];
      const policy = call.arguments?.[0];
      const deciding = hit.via || !policy ? [] : [policy];
      for (const value of [...origins.conditions(call), ...deciding]) {
        const source = origins.of(value, isUnrecorded);
        const known = source && names.known(source);
        if (!known) continue;
        const what = hit.via ? `${hit.via}, which calls ${hit.known.name},` : hit.known.name;
        const from = known.owner && known.owner !== known.name ? `${known.owner}.${known.name}` : known.name;
        return [
          {
            rule: "unrecorded-condition",
            at: call,
            what: `${what} depends on ${from}, which is not on record: in a replay it can answer otherwise, and then ${changes(hit.known) ? "another policy is in force than before" : "the worker fails on a record that does not fit"}`,
            remedy:
              "Decide by what is replayed: arguments, answers of services, clocks, random numbers, wasi:keyvalue.",
            claim:
              known.module === "golem:api/oplog"
                ? "count-errors-twice"
                : changes(hit.known)
                  ? "memory-after-restart"
                  : undefined,
          },
        ];
      }
      return [];
    }),
  );
}
