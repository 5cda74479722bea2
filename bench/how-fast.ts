import { type Results, table } from "./results.js";

/** What a Golem 1.2.0 server took on another machine: 2 cores, not built with all optimisations. In the units of our figures. */
const recorded: Readonly<Record<string, number>> = {
  "upload and first call of an unseen component": 22_125,
  "first call of a new worker": 68.5,
  "warm call after 100 calls": 17.26,
  "failed attempt and recovery": 20.02,
  "failed attempt and recovery after 100 calls": 581.35,
};

/** The figures of the README's table: what a newcomer waits for. */
const shown = ["start to the first answer", ...Object.keys(recorded)];

/** The README's table. */
export const howFastTable = ([ours, server]: readonly Results[]): string => (ours ? table(ours, server, shown) : "");

const row = 44;
const left = 330;
const right = 800;

/** Bars on a logarithmic scale: minigolem's figures over those of a Golem 1.2.0 server. */
export function howFastPicture([ours, server]: readonly Results[]): string {
  const pairs = Object.entries(recorded).flatMap(([name, value]) => {
    const mine = ours?.figures.find((one) => one.name === name)?.value;
    const theirs = server?.figures.find((one) => one.name === name)?.value ?? value;
    return mine === undefined ? [] : [{ name, mine, theirs }];
  });
  const least = Math.min(1, ...pairs.map(({ mine }) => mine));
  const most = Math.max(...pairs.flatMap(({ mine, theirs }) => [mine, theirs]));
  const width = (value: number) => ((right - left - 90) * Math.log(value / least)) / Math.log(most / least) + 2;
  const bar = (y: number, value: number, color: string, who: string) =>
    `<rect x="${left}" y="${y}" width="${width(value).toFixed(1)}" height="14" fill="${color}"><title>${who}</title></rect>` +
    `<text x="${(left + width(value) + 6).toFixed(1)}" y="${y + 11}">${text(value)}</text>`;
  const rows = pairs.map(({ name, mine, theirs }, i) => {
    const y = 40 + i * row;
    return `<text x="${left - 10}" y="${y + 19}" text-anchor="end">${name}</text>${bar(y, mine, "#0f766e", "minigolem")}${bar(y + 17, theirs, "#b45309", "Golem 1.2.0")}`;
  });
  const height = 50 + pairs.length * row;
  const key = `<text x="${left}" y="20"><tspan fill="#0f766e">■ minigolem</tspan>  <tspan fill="#b45309">■ Golem 1.2.0${server ? "" : ", recorded on another machine"}</tspan></text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Milliseconds of minigolem and of Golem 1.2.0, on a logarithmic scale"><rect width="100%" height="100%" fill="#fff"/>${key}
${rows.join("\n")}
</svg>
`;
}

const text = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);
