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
  /** What a bare server of Node takes for the part that no engine on Node can leave out, by the figure's name and in its unit. */
  floors?: Record<string, number>;
}

/** What a part of the soak does to what minigolem holds. */
export type Soak = {
  what: string;
  times: number;
  /** Milliseconds, each. */
  ms: number;
  /** Growth of each time, in the later half. KB. */
  memory: number;
  /** Growth of a thousand times, in the later half. */
  descriptors: number;
  threads: number;
  /** What it holds then. Memory in MB. */
  end: { memory: number; descriptors: number; threads: number };
}[];

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const file = path("results.json");

/** The last results: minigolem's, and a server's if one was measured in the same run. */
export const readResults = (): Results[] => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);

const soakFile = path("soak.json");

export const readSoak = (): Soak => (existsSync(soakFile) ? JSON.parse(readFileSync(soakFile, "utf8")) : []);

export const writeSoak = (soak: Soak): void => writeFileSync(soakFile, `${JSON.stringify(soak, null, 2)}\n`);

export function writeResults(results: Results[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path("results.md"), page(results, readSoak()));
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
export function page(results: Results[], soak: Soak = []): string {
  const [ours, server] = results;
  if (!ours) return "";
  const head = `Node ${ours.node}, ${ours.cores} cores, a plain HTTP round trip took ${shown(ours.roundTrip)} ms. Written by \`npm run bench\`.`;
  return `# How fast it is\n\n${head}\n\n${table(ours, server)}\n${ours.floors ? aboutFloors : ""}${soakSection(soak)}`;
}

/** What is left of a figure over its floor. */
const aboutFloors = `
The floor is what Node takes alone. [bare.ts](bare.ts) is a server of \`node:http\` that does only what an engine on Node cannot leave out:

- for an upload of a seen component, it takes the bytes and their SHA-256, compiles the kept modules, and makes an instance.
- for an unseen component, it has jco translate the bytes instead.
- for a new worker, it makes an instance and passes a message to a thread.
- for a failed attempt, it makes an instance and asks the service.
- for a call, it passes a message to a thread and waits for the answer.

What comes on top is the component's own code and what goes on record. With all cores busy, one call takes the CPU that three rows name.
`;

/** What holds whatever is done for long. */
const soakSection = (soak: Soak): string =>
  soak.length === 0
    ? ""
    : `\n## What grows with what is done\n\nWritten by \`npm run soak\`: one minigolem does all of it, from the top to the bottom.\n\n${soakTable(soak)}\n`;

export function soakTable(soak: Soak): string {
  const rows = soak.map(({ what, times, ms, memory, descriptors, threads, end }) => [
    ...[what, `${times}`, `${shown(ms)} ms`, `${memory.toFixed(2)} KB`, descriptors.toFixed(2), threads.toFixed(2)],
    ...[`${Math.round(end.memory)} MB`, `${end.descriptors}`, `${end.threads}`],
  ]);
  const columns = ["", "times", "each", "memory, each", "descriptors, per 1000", "threads, per 1000"];
  const all = [...columns, "memory then", "descriptors then", "threads then"];
  return [all, all.map((_, i) => (i === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** A table of the figures, with a server's beside them and the ratio if one was measured. */
export function table(ours: Results, server: Results | undefined, names?: readonly string[]): string {
  const { floors } = ours;
  const compared = server ? [ours.engine, server.engine, "ratio"] : [ours.engine, "× round trip"];
  const columns = ["", ...compared, "goal", ...(floors ? ["floor"] : [])];
  const all = names ? ours.figures.filter(({ name }) => names.includes(name)) : ours.figures;
  const rows = all.map(({ name, unit, value }) => {
    const other = server?.figures.find((one) => one.name === name);
    const beside = server
      ? [other ? `${shown(other.value)} ${unit}` : "", other && value > 0 ? shown(other.value / value) : ""]
      : [unit === "ms" ? shown(value / ours.roundTrip) : ""];
    const floor = floors?.[name];
    const least = floors ? [floor === undefined ? "" : `${shown(floor)} ${unit}`] : [];
    return [name, `${shown(value)} ${unit}`, ...beside, goals[name] ?? "", ...least];
  });
  const rule = columns.map((name, i) => (i === 0 || name === "goal" || name === "floor" ? "---" : "--:"));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Three digits are what such a figure can be trusted with. */
const shown = (value: number): string => (value >= 100 ? String(Math.round(value)) : value === 0 ? "0" : digits(value));
const digits = (value: number): string => value.toPrecision(Math.abs(value) < 0.1 ? 1 : 3);
