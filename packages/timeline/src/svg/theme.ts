/** Light, dark, or what the reader's system prefers; printed, it is light. */
export type Theme = "auto" | "light" | "dark";

/** How many policies have a colour of their own. */
export const hues = 5;

// After Okabe and Ito's palette for colour-blind readers, darkened or lightened until text has a contrast of 4.5 and marks of 3.
const light =
  "--ground:#ffffff;--ink:#1b1f27;--dim:#5a6170;--line:#d9dde4;--good:#00664d;--warn:#8a5300;--bad:#b3380a;--run:#0067a3;" +
  "--p0:#e7eaef;--p1:#bfdff5;--p2:#ffdf9e;--p3:#b9e6d3;--p4:#efcfe1;--p5:#e6e08f;--note:#fdeee6";
const dark =
  "--ground:#15181e;--ink:#eef1f6;--dim:#a9b1c0;--line:#343b48;--good:#4fd1a5;--warn:#f0b429;--bad:#ff8a5c;--run:#62b8f0;" +
  "--p0:#2c323d;--p1:#174766;--p2:#5e4510;--p3:#124d3b;--p4:#5a2f4a;--p5:#4d4a12;--note:#3a2118";

const rules = `
text{fill:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;font-size:12px;font-variant-numeric:tabular-nums}
.ground{fill:var(--ground)}
.dim,.tick{fill:var(--dim)}.good{fill:var(--good)}.warn{fill:var(--warn)}.bad{fill:var(--bad)}
.grid{stroke:var(--line);stroke-width:1;fill:none}.rule{stroke:var(--ink);stroke-width:1;fill:none}
.band,.wash,.chip{stroke:none}.wash{opacity:.32}
.p0{fill:var(--p0)}.p1{fill:var(--p1)}.p2{fill:var(--p2)}.p3{fill:var(--p3)}.p4{fill:var(--p4)}.p5{fill:var(--p5)}
.chip{stroke:var(--dim);stroke-width:.5}
.bar{stroke-width:1.5}
.bar.completed{fill:var(--good);stroke:var(--good)}.bar.running{fill:var(--run);stroke:var(--run)}
.bar.trapped{fill:var(--bad);stroke:var(--bad)}.bar.jumped{fill:var(--ground);stroke:var(--bad)}
.bar.interrupted,.bar.crashed{fill:var(--ground);stroke:var(--warn);stroke-dasharray:3 2}
.bar.replayed,.bar.settles{fill:var(--ground);stroke:var(--dim)}
.bar.part{opacity:.75}
.request{fill:var(--ground);opacity:.45}
.cross{stroke:var(--bad);stroke-width:2;fill:none;stroke-linecap:round}
.wait{stroke:var(--dim);stroke-width:2;stroke-dasharray:2 4;fill:none;stroke-linecap:round}.over{stroke:var(--warn)}
.due{stroke:var(--ink);stroke-width:1.5;fill:none}
.decides{fill:var(--ink);stroke:var(--ground);stroke-width:1}.decides.step{fill:var(--ground);stroke:var(--ink)}.decides.undone{fill:var(--bad)}
.pin{stroke:var(--bad);stroke-width:1.5;fill:none;stroke-dasharray:1 3;stroke-linecap:round}
.stretched{stroke:var(--ink);stroke-width:4;fill:none}.asleep{fill:var(--ground);opacity:.6}
.region{fill:none;stroke:var(--dim);stroke-width:1.5}.zigzag{fill:none;stroke:var(--dim);stroke-width:1}
.note{fill:var(--note)}.edge{fill:var(--bad)}
.halo{stroke:var(--ground);stroke-width:3;paint-order:stroke;stroke-linejoin:round}
a:focus-visible{outline:2px solid var(--run);outline-offset:1px}`;

const sheet = rules
  .trim()
  .replace(/\n/g, "")
  .replace(/([^{}]+)\{/g, (_, selectors: string) => {
    const scoped = selectors.split(",").map((one) => `.golem-timeline ${one}`);
    return `${scoped.join(",")}{`;
  });

/** A style sheet for pictures, with the colours of the one that has this id. */
export function styleOf(id: string, theme: Theme): string {
  const colors = { light: `#${id}{${light}}`, dark: `#${id}{${dark}}` };
  if (theme !== "auto") return colors[theme] + sheet;
  return `${colors.light}@media screen and (prefers-color-scheme:dark){${colors.dark}}${sheet}`;
}
