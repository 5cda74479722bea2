import type { WorkerStatus } from "golem-client";
import type { Outlook } from "../../story/outlook.js";
import { Countdown } from "../shell/countdown.js";

/** The answer to "what happens next?", above everything else. */
export function OutlookStrip(props: { status: WorkerStatus; outlook: Outlook; pending: number }) {
  const { retries, next, decider } = props.outlook;
  return (
    <dl class="strip">
      <div>
        <dt>Next retry</dt>
        <dd>{next ? <Countdown next={next} /> : <span class="dim">{whyNone[props.status]}</span>}</dd>
      </div>
      <div>
        <dt>{next ? "Decided by" : "Policy in force"}</dt>
        <dd>
          {decider.policy} <span class="dim">{decider.whose}</span>
        </dd>
      </div>
      <div>
        <dt>Retries so far</dt>
        <dd class="figures" data-testid="retries">
          {retries}
        </dd>
      </div>
      <div>
        <dt>Calls in the queue</dt>
        <dd class="figures">{props.pending}</dd>
      </div>
    </dl>
  );
}

const whyNone: Record<WorkerStatus, string> = {
  Running: "none: it runs",
  Idle: "none: it waits for a call",
  Suspended: "none: it sleeps",
  Interrupted: "none: it was interrupted",
  Retrying: "due now",
  Failed: "none: it gave up",
  Exited: "none: it has ended",
};
