import type { Timeline } from "./model.js";
import { errorText, type Row, rowsOf } from "./rows.js";
import { escaped } from "./svg/canvas.js";
import { svgOf } from "./svg/svg.js";
import { type PolicyNames, planned, time } from "./words.js";

/** One run of a report. */
export interface Story {
  /** Its heading. */
  title: string;
  /** What to see in it, in a sentence or two. */
  text?: string;
  timeline: Timeline;
}

/** What {@link htmlOf} takes. */
export interface HtmlOptions {
  /** Of the page. */
  title: string;
  /** In order. */
  stories: readonly Story[];
  /** What the source calls its policies. */
  names?: PolicyNames;
}

/** Makes a page that needs nothing else: each story with its picture, and the same as a table. */
export function htmlOf({ title, stories, names = [] }: HtmlOptions): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
<main>
<h1>${escaped(title)}</h1>
${stories.map((story, i) => section(story, i + 1, names)).join("\n")}
</main>
</html>
`;
}

function section({ title, text, timeline }: Story, number: number, names: PolicyNames): string {
  const rows = rowsOf(timeline, { names });
  const heading = escaped(title);
  return `<section aria-labelledby="story-${number}">
<h2 id="story-${number}">${heading}</h2>
${text === undefined ? "" : `<p>${escaped(text)}</p>`}
<figure tabindex="0" aria-label="picture of ${heading}">${svgOf(timeline, { title, names, heading: false, id: `picture-${number}` })}</figure>
<div class="table" tabindex="0" role="region" aria-label="table of ${heading}">
<table>
<caption>The same as a table</caption>
<thead><tr>${columns.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>
<tbody>
${rows.map(rowHtml).join("\n")}
</tbody>
</table>
</div>
</section>`;
}

const columns = ["at", "execution", "what", "outcome", "policy that decides", "planned wait", "actual wait"];

function rowHtml(row: Row): string {
  const { kind, at, number, text, status, tone, executions, policy, request } = row;
  const when = `<td class="time">${escaped(time(at))}</td>`;
  if (kind === "call") return `<tr class="call">${when}<th scope="rowgroup" colspan="6">${escaped(text)}</th></tr>`;
  if (kind === "note" || kind === "event" || kind === "more" || kind === "end")
    return `<tr>${when}<td></td><td class="${tone}" colspan="2">${escaped(text)}</td><td>${escaped(kind === "end" && policy ? `${policy.name}: ${policy.text}` : "")}</td><td></td><td></td></tr>`;
  const [first] = executions;
  const waits = number === "" ? [] : executions.flatMap(({ wait }) => wait ?? []);
  const some = <T>(all: readonly T[], word: (one: T) => string) =>
    `${all.slice(0, 6).map(word).join(", ")}${all.length > 6 ? ` and ${all.length - 6} more` : ""}`;
  const outcome =
    number === "" || first === undefined
      ? ""
      : `${first.outcome}${first.error && request ? `: ${errorText(first)}` : ""}`;
  const sleeps = waits[0]?.by === "step" ? ", a durable sleep" : "";
  const cells = [
    `<td class="time">${escaped(number)}</td>`,
    `<td>${escaped(text)}${status && ` <b class="${tone}">${escaped(status)}</b>`}</td>`,
    `<td>${escaped(outcome)}</td>`,
    `<td>${escaped(number !== "" && policy ? `${policy.name}: ${policy.text}` : "")}</td>`,
    `<td class="time">${escaped(some(waits, planned))}</td>`,
    `<td class="time">${escaped(some(waits, (wait) => time(wait.actual)) + sleeps)}</td>`,
  ];
  return `<tr>${when}${cells.join("")}</tr>`;
}

const style = `
:root{--ground:#fff;--ink:#1b1f27;--dim:#5a6170;--line:#d9dde4;--good:#00664d;--warn:#8a5300;--bad:#b3380a}
@media screen and (prefers-color-scheme:dark){:root{--ground:#15181e;--ink:#eef1f6;--dim:#a9b1c0;--line:#343b48;--good:#4fd1a5;--warn:#f0b429;--bad:#ff8a5c}}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:66rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:3rem}
figure,.table{margin:1rem 0;overflow-x:auto}
svg{display:block;max-width:100%;height:auto;min-width:640px}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--dim);padding:.3rem .6rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--dim);font-weight:500;white-space:nowrap}
.call th{font-weight:600}
.time{white-space:nowrap}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.dim{color:var(--dim)}
@media print{figure,section{break-inside:avoid}svg{min-width:0}}
`.trim();
