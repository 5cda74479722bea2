import type { IndexedEntry } from "golem-client";
import { policyText, time } from "golem-timeline";
import { useMemo } from "preact/hooks";
import { executionsOf } from "../../story/picture.js";
import { Empty } from "../shell/notice.js";

/** Each execution of each call, with what was planned beside what was waited. The newest call is first. */
export function Executions({ entries }: { entries: readonly IndexedEntry[] }) {
  const invocations = useMemo(() => executionsOf(entries).toReversed(), [entries]);
  if (invocations.length === 0) return <Empty>Nothing has been called yet.</Empty>;
  return (
    <div class="scroll">
      <table class="executions">
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Execution</th>
            <th scope="col">Requests</th>
            <th scope="col">Outcome</th>
            <th scope="col">In force at its end</th>
            <th scope="col" class="number">
              Planned wait
            </th>
            <th scope="col" class="number">
              Actual wait
            </th>
          </tr>
        </thead>
        <tbody>
          {invocations.flatMap(({ name, key, executions }) =>
            executions.map((execution) => <Row key={`${key} ${execution.number}`} name={name} execution={execution} />),
          )}
        </tbody>
      </table>
    </div>
  );
}

type Execution = ReturnType<typeof executionsOf>[number]["executions"][number];

function Row({ name, execution }: { name: string; execution: Execution }) {
  const { at, number, requests, outcome, error, policy, wait, step, replayed } = execution;
  return (
    <tr class={replayed ? "replayed" : ""}>
      <td class="figures">{time(at)}</td>
      <td class="name">
        {name} <span class="dim">{number}</span>
      </td>
      <td>
        {requests.map((request) => (
          <div key={request.at}>
            {request.method} {request.path} <b class={tone(request.status)}>{request.status ?? request.error}</b>
          </div>
        ))}
        {replayed && <span class="dim">replayed</span>}
      </td>
      <td>
        <b class={outcome}>{outcome}</b>
        {error && <div class="dim">{error}</div>}
      </td>
      <td>{step === undefined ? policyText(policy) : "the step's own"}</td>
      <td class="number figures">{wait && range(wait.planned)}</td>
      <td class="number figures">{wait && time(wait.actual)}</td>
    </tr>
  );
}

const tone = (status: number | undefined) =>
  status === undefined || status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
const range = ({ least, most }: { least: number; most: number }) =>
  least === most ? time(least) : `${time(least)} to ${time(most)}`;
