import type { GroupedScenario } from "../record.ts";
import { calls } from "./calls.ts";
import { components } from "./components.ts";
import { failures } from "./failures.ts";
import { host } from "./host.ts";
import { http } from "./http.ts";
import { lifecycle } from "./lifecycle.ts";
import { oplog } from "./oplog.ts";
import { policy } from "./policy.ts";
import { schedule } from "./schedule.ts";
import { server } from "./server.ts";
import { withoutAnswer } from "./settled.ts";
import { step } from "./step.ts";
import { workers } from "./workers.ts";

/** What belongs together, under the heading that it has in docs/conformance.md. */
export const groups = {
  "Retry policy": policy,
  "A policy around a request": http,
  "Waits between retries": schedule,
  "Failing without a request": failures,
  "Other host functions": host,
  "Reading the own oplog": oplog,
  "Bounded steps": step,
  "Requests without an answer": withoutAnswer,
  "Calls and queues": calls,
  "Life of a worker": lifecycle,
  Workers: workers,
  Components: components,
  Server: server,
};

export const scenarios: GroupedScenario[] = Object.entries(groups).flatMap(([group, each]) =>
  each.map((scenario) => ({ ...scenario, group })),
);
