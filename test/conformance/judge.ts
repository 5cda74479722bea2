import type { HazardKind } from "minigolem";
import { differences } from "./compare.ts";
import { type Difference, list } from "./differ.ts";
import { sameSleep } from "./normal.ts";
import { firstSignificant, waits } from "./oplog.ts";
import { wrongWaits } from "./planned.ts";
import type { Recording } from "./recording.ts";
import type { Fault, Scenario } from "./scenario.ts";
import { sleeps } from "./sleeps.ts";

/** How an engine's record of a scenario stands to the recorded one. */
export interface Verdict {
  /** What must not be. */
  wrong: Difference[];
  /** What differs from the recording as it does from run to run: see `varies` of the scenario. */
  allowed: Difference[];
}

export interface Circumstances {
  /** In virtual time each wait has to be exactly as planned. */
  virtual?: boolean;
  /** What was warned of; undefined: the engine gives no warnings. */
  hazards?: ReadonlySet<HazardKind>;
}

/** Judges by the scenario's own tolerances, and by nothing else. */
export function judge(
  scenario: Scenario,
  expected: Recording,
  found: Recording,
  { virtual = false, hazards }: Circumstances = {},
): Verdict {
  const embedded = hazards !== undefined;
  const pair = embedded && scenario.fault ? untilFault(expected, found, scenario.fault) : [expected, found];
  const [a, b] = pair as [Recording, Recording];
  const { fields = [], where } = scenario.varies ?? {};
  const varies = (difference: Difference) =>
    fields.includes(difference.field) && (where?.includes(difference.where) ?? true);
  const all = differences(a, b).filter(({ field }) => !(virtual && field === "waits"));
  const wrong = all.filter((difference) => !varies(difference));
  const allowed = all.filter(varies);
  if (virtual) wrong.push(...wrongWaits(b.oplog));
  if (virtual && !fields.includes("sleeps")) wrong.push(...sleepDifferences(a, b));
  if (embedded) wrong.push(...hazardDifferences(scenario, hazards));
  return { wrong, allowed };
}

/** Only in virtual time, where no machine is slow, they are as long as the guest wanted. */
const sleepDifferences = (a: Recording, b: Recording): Difference[] =>
  list("sleeps", sleeps(a.oplog), sleeps(b.oplog), sameSleep);

function hazardDifferences(scenario: Scenario, found: ReadonlySet<HazardKind>): Difference[] {
  const expected = [...(scenario.hazards ?? [])].sort().join(", ") || "none";
  const counted = scenario.fault ? [...found].filter((kind) => scenario.hazards?.includes(kind)) : [...found];
  const raised = counted.sort().join(", ") || "none";
  return expected === raised ? [] : [{ field: "hazards", where: "", expected, found: raised }];
}

/** Both cut to what the recorded server did before it hung or died. */
function untilFault(expected: Recording, found: Recording, { call, entries, requests }: Fault): [Recording, Recording] {
  const cut = (recording: Recording): Recording => {
    const significant = recording.significant.slice(0, entries);
    const oplog = firstSignificant(recording.oplog, entries);
    const before = recording.calls.findIndex(({ label }) => label === call);
    return {
      ...recording,
      calls: recording.calls.slice(0, before < 0 ? undefined : before),
      upstream: recording.upstream.slice(0, requests),
      significant,
      oplog,
      errors: oplog.filter(({ type }) => type === "Error").length,
      waits: waits(oplog),
      timedOut: false,
      worker: null,
      notes: {},
    };
  };
  return [cut(expected), cut(found)];
}
