import type { Outlook } from "../../story/outlook.js";
import { Countdown } from "../shell/countdown.js";
import { linkTo } from "../shell/route.js";
import { StatusBadge } from "../shell/status-badge.js";
import { outlookKey } from "./outlooks.js";
import type { WorkerRow } from "./worker-rows.js";

export function WorkerTable({ rows, outlooks }: { rows: WorkerRow[]; outlooks: ReadonlyMap<string, Outlook> }) {
  return (
    <div class="scroll">
      <table class="workers">
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Retries so far
            </th>
            <th scope="col">Next retry</th>
            <th scope="col">Policy that decides</th>
            <th scope="col">Hazards</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={outlookKey(row.metadata)} row={row} outlook={outlooks.get(outlookKey(row.metadata))} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { component, metadata }, outlook }: { row: WorkerRow; outlook: Outlook | undefined }) {
  const { workerId, status, hazards = [] } = metadata;
  return (
    <tr>
      <td>
        <a class="dim" href={linkTo(["component", component])}>
          {component}
        </a>
        <span class="dim">/</span>
        <a href={linkTo(["worker", component, workerId.workerName])}>{workerId.workerName}</a>
      </td>
      <td>
        <StatusBadge status={status} />
      </td>
      <td class="number figures">{outlook ? outlook.retries : "…"}</td>
      <td>{outlook?.next && <Countdown next={outlook.next} />}</td>
      <td>
        {outlook?.decider.policy} <span class="dim">{outlook?.decider.whose}</span>
      </td>
      <td>
        {hazards.length > 0 && (
          <span class="hazard" title={hazards.map(({ message }) => message).join("\n")}>
            {hazards.map(({ kind }) => kind).join(", ")}
          </span>
        )}
      </td>
    </tr>
  );
}
