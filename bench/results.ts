import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Figure } from "./measure.js";

/** What one run measured on one engine. */
export interface Results {
  /** `minigolem` or `Golem server`. */
  engine: string;
  node: string;
  cores: number;
  /** A plain HTTP round trip on the same machine in the same run, in milliseconds: machines differ, multiples of it less so. */
  roundTrip: number;
  figures: Figure[];
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const file = path("results.json");

/** The last results: minigolem's, and a server's if one was measured in the same run. */
export const readResults = (): Results[] => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);

export function writeResults(results: Results[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path("results.md"), page(results));
}

/** What is asked of minigolem on a machine with nothing else to do. */
const goals: Readonly<Record<string, string>> = {
  "start to the first answer": "< 700 ms",
  "upload and first call of an unseen component": "< 2500 ms",
  "upload and first call of a seen component": "< 300 ms",
  "first call of a new worker": "< 25 ms",
  "warm call after 100 calls": "< 2 ms",
  "calls with 4 workers": "> 1000 calls/s",
  "failed attempt and recovery": "< 15 ms",
  "failed attempt and recovery after 100 calls": "< 25 ms",
  "replay of an entry": "< 0.05 ms",
  "retrying minified": "< 12000 bytes",
  "memory of a worker": "< 25 MB",
  "memory with 10000 workers asleep": "< 300 MB",
  "start with 10000 workers asleep": "< 2000 ms",
  "a page of 10000 workers asleep": "< 50 ms",
};

/** The page with all figures, engines side by side. */
export function page(results: Results[]): string {
  const [ours, server] = results;
  if (!ours) return "";
  const head = `Node ${ours.node}, ${ours.cores} cores, a plain HTTP round trip took ${shown(ours.roundTrip)} ms. Written by \`npm run bench\`.`;
  return `# How fast it is\n\n${head}\n\n${table(ours, server)}\n`;
}

/** A table of the figures, with a server's beside them and the ratio if one was measured. */
export function table(ours: Results, server: Results | undefined, names?: readonly string[]): string {
  const columns = server
    ? ["", ours.engine, server.engine, "ratio", "goal"]
    : ["", ours.engine, "× round trip", "goal"];
  const all = names ? ours.figures.filter(({ name }) => names.includes(name)) : ours.figures;
  const rows = all.map(({ name, unit, value }) => {
    const other = server?.figures.find((one) => one.name === name);
    const compared = server
      ? [other ? `${shown(other.value)} ${unit}` : "", other && value > 0 ? shown(other.value / value) : ""]
      : [unit === "ms" ? shown(value / ours.roundTrip) : ""];
    return [name, `${shown(value)} ${unit}`, ...compared, goals[name] ?? ""];
  });
  const rule = columns.map((_, i) => (i === 0 || i === columns.length - 1 ? "---" : "--:"));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Three digits are what such a figure can be trusted with. */
const shown = (value: number): string => (value >= 100 ? String(Math.round(value)) : value === 0 ? "0" : digits(value));
const digits = (value: number): string => value.toPrecision(Math.abs(value) < 0.1 ? 1 : 3);
