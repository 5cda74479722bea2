import fc from "fast-check";
import type { IndexedEntry } from "../src/index.js";
import { get, imported, invoked, type Line, log, onPurpose, policy, progress, stderr, trap } from "./log.js";

const anyLine = fc.oneof(
  fc.constant(invoked(0, "a")),
  fc.constant(invoked(0, "a-function-of-quite-some-length-that-does-a-lot", "other")),
  fc.constant(trap(0)),
  fc.constant(trap(0, onPurpose)),
  fc.constant(stderr(0, "execution 1 of 3 failed: Error: the service said 503; next in 1s\n")),
  fc.constantFrom(...get(0, "/a/path/that/is/longer/than/any/label/can/be/in/a/picture?really=true", 503)),
  fc.constantFrom(...get(0, "/x", 200)),
  fc.tuple(fc.nat(4), fc.constantFrom("100ms", "1s", "1h")).map(([n, min]) => policy(0, n, min, "5h", 2)),
  fc.constant(imported(0, "golem keyvalue::eventual::get", progress(50))),
  fc.constant(imported(0, "golem keyvalue::eventual::set")),
  fc
    .constantFrom(
      "NoOp",
      "BeginAtomicRegion",
      "Interrupted",
      "Suspend",
      "ExportedFunctionCompleted",
      "Exited",
      "Unheard-of",
    )
    .map((type): Line => [0, type]),
  fc.nat(9).map((version): Line => [0, "SuccessfulUpdate", { target_version: version }]),
  fc
    .tuple(fc.constantFrom("Jump", "Revert"), fc.nat(30), fc.nat(30))
    .map(
      ([type, start, more]): Line => [
        0,
        type,
        { [type === "Jump" ? "jump" : "dropped_region"]: { start, end: start + more } },
      ],
    ),
);

/** Any entries, sensible or not, milliseconds or days apart. */
export const anyLog: fc.Arbitrary<IndexedEntry[]> = fc
  .array(fc.tuple(anyLine, fc.oneof(fc.nat(50), fc.nat(5000), fc.nat(9e7))), { maxLength: 60 })
  .map((lines) => {
    let now = 0;
    return log(
      ...lines.map(([[, type, fields], wait]): Line => {
        now += wait;
        return [now, type, fields];
      }),
    );
  });
