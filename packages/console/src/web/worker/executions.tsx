import type { IndexedEntry } from "golem-client";
import { errorText, type Row, rowsOf, time, type Wait } from "golem-timeline";
import { useMemo } from "preact/hooks";
import { storyOf } from "../../story/picture.js";
import { Empty } from "../shell/notice.js";

/** The picture as a table: each execution, with what was planned beside what was waited. */
export function Executions({
  entries,
  link,
}: {
  entries: readonly IndexedEntry[];
  link: (oplogIndex: number) => string;
}) {
  const rows = useMemo(() => rowsOf(storyOf(entries)), [entries]);
  if (rows.length === 0) return <Empty>Nothing has been called yet.</Empty>;
  return (
    <div class="scroll">
      <table class="executions">
        <thead>
          <tr>
            <th scope="col" class="number">
              At
            </th>
            <th scope="col">Execution</th>
            <th scope="col">What</th>
            <th scope="col">Outcome</th>
            <th scope="col">Policy that decides</th>
            <th scope="col" class="number">
              Planned wait
            </th>
            <th scope="col" class="number">
              Actual wait
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <ExecutionRow key={`${row.index} ${i}`} row={row} link={link} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExecutionRow({ row, link }: { row: Row; link: (oplogIndex: number) => string }) {
  const { kind, at, index, number, text, status, tone, executions, policy, request } = row;
  const when = (
    <td class="number figures">
      <a class="dim" href={link(index)}>
        {time(at)}
      </a>
    </td>
  );
  if (kind === "call")
    return (
      <tr class="call">
        {when}
        <th scope="rowgroup" colSpan={6}>
          {text}
        </th>
      </tr>
    );
  const [first] = executions;
  const waits = number === "" ? [] : executions.flatMap(({ wait }) => wait ?? []);
  const wide = kind === "note" || kind === "event" || kind === "end" || kind === "more";
  return (
    <tr class={kind}>
      {when}
      <td class="figures">{number}</td>
      <td class={wide ? tone : ""} colSpan={wide ? 2 : 1}>
        {text} {status && <b class={tone}>{status}</b>}
      </td>
      {!wide && (
        <td>
          {number !== "" && first && <b class={first.outcome}>{first.outcome}</b>}
          {number !== "" && first?.error && request && <div class="dim">{errorText(first)}</div>}
        </td>
      )}
      <td>
        {policy && (number !== "" || kind === "end") && (
          <>
            {policy.name} <span class="dim">{policy.text}</span>
          </>
        )}
      </td>
      <td class="number figures">
        {some(waits, ({ planned: { least, most }, asked }) =>
          asked ? `${time(least)}, by retryAfter` : least === most ? time(least) : `${time(least)} to ${time(most)}`,
        )}
      </td>
      <td class="number figures">{some(waits, ({ actual, ongoing }) => (ongoing ? "ongoing" : time(actual)))}</td>
    </tr>
  );
}

/** The first waits; replays that are folded into one row have many. */
const some = (waits: readonly Wait[], text: (wait: Wait) => string) =>
  `${waits.slice(0, 4).map(text).join(", ")}${waits.length > 4 ? ` and ${waits.length - 4} more` : ""}`;
