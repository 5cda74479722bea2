import { escaped, toSvg } from "./svg.js";
import type { Execution, Timeline } from "./timeline.js";
import { type PolicyNames, planned, policyText, time } from "./words.js";

/** One run of a report. */
export interface Story {
  /** Its heading. */
  title: string;
  /** What to see in it, in a sentence or two. */
  text?: string;
  timeline: Timeline;
}

/** What {@link toHtml} takes. */
export interface HtmlOptions {
  /** Of the page. */
  title: string;
  /** In order. */
  stories: readonly Story[];
  /** What the source calls its policies. */
  names?: PolicyNames;
}

/** A page that needs nothing else: the stories with their pictures, and each execution in a table. */
export function toHtml({ title, stories, names = [] }: HtmlOptions): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
<main>
<h1>${escaped(title)}</h1>
${stories.map((story) => section(story, names)).join("\n")}
</main>
</html>
`;
}

function section({ title, text, timeline }: Story, names: PolicyNames): string {
  const rows = timeline.invocations.flatMap((invocation) =>
    invocation.executions.map((one) => row(invocation.name, one)),
  );
  return `<section>
<h2>${escaped(title)}</h2>
${text === undefined ? "" : `<p>${escaped(text)}</p>`}
<figure>${toSvg(timeline, { title, names })}</figure>
<table>
<thead><tr><th>at</th><th>execution</th><th>requests</th><th>outcome</th><th>in force at its end</th><th>planned wait</th><th>actual wait</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</section>`
    .replaceAll('id="t"', `id="t-${slug(title)}"`)
    .replaceAll('id="d"', `id="d-${slug(title)}"`)
    .replaceAll('aria-labelledby="t d"', `aria-labelledby="t-${slug(title)} d-${slug(title)}"`);
}

const slug = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function row(name: string, { number, at, outcome, requests, error, policy, wait, replayed }: Execution): string {
  const asked = requests.map(({ method, path, status, error }) => `${method} ${path} ${status ?? error}`).join("; ");
  const cells = [
    time(at),
    `${name} ${number}`,
    replayed ? "replayed" : asked || "none",
    replayed ? `${outcome}: the same failure again` : error ? `${outcome}: ${error}` : outcome,
    policyText(policy),
    wait ? planned(wait.planned) : "",
    wait ? `${time(wait.actual)}${wait.by === "step" ? ", a durable sleep" : ""}` : "",
  ];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
}

const style = `
:root{--ground:#fbfbfd;--ink:#1f2430;--dim:#5c6475;--line:#dfe3ea}
@media (prefers-color-scheme:dark){:root{--ground:#101319;--ink:#e8ebf1;--dim:#a2abbd;--line:#2d333f}}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem}
figure{margin:1rem 0;overflow-x:auto}
svg{max-width:100%;height:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13px;display:block;overflow-x:auto}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--dim);font-weight:500;white-space:nowrap}
`.trim();
