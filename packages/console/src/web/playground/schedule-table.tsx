import { formatDuration } from "golem-retry/policy";
import type { Lane } from "./schedule-picture.js";

/** Rows that are listed; a long schedule ends with its total all the same. */
const mostRows = 30;

/** Each wait under each profile, from golem-retry's own `plan`. */
export function ScheduleTable({ lanes }: { lanes: Lane[] }) {
  const retries = Math.max(0, ...lanes.map(({ schedule }) => schedule.plan.delays.length));
  return (
    <div class="scroll">
      <table class="schedule">
        <thead>
          <tr>
            <th scope="col">Retry</th>
            {lanes.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: Math.min(retries, mostRows) }, (_, i) => (
            <tr key={i}>
              <th scope="row">{i + 1}</th>
              {lanes.map(({ label, schedule: { plan } }) => (
                <Wait key={label} least={plan.delays[i]} most={plan.longest[i]} />
              ))}
            </tr>
          ))}
          {retries > mostRows && (
            <tr>
              <td colSpan={lanes.length + 1} class="dim">
                and {retries - mostRows} more
              </td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">in all</th>
            {lanes.map(({ label, schedule: { plan } }) => (
              <Wait key={label} least={plan.total} most={plan.longestTotal} />
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Wait({ least, most }: { least: bigint | undefined; most: bigint | undefined }) {
  if (least === undefined || most === undefined) return <td class="number dim">–</td>;
  return (
    <td class="number figures" data-least={String(least)} data-most={String(most)}>
      {formatDuration(least)}
      {most !== least && <span class="dim"> to {formatDuration(most)}</span>}
    </td>
  );
}
