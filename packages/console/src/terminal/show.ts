import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Failure, type GolemClient, GolemError, type IndexedEntry, type WorkerMetadata } from "golem-client";
import { counted } from "golem-timeline";
import { unknownEntries } from "../story/entry-types.js";
import { isUnderWay, type Outlook, outlook } from "../story/outlook.js";
import { htmlPicture, storyOf, svgPicture, textPicture } from "../story/picture.js";
import { deciderText, failureLines, until } from "../story/words.js";
import { Complaint, findTarget, type Target } from "./target.js";

/** What `golem-console show` takes. */
export interface ShowOptions {
  html?: string;
  svg?: string;
  json?: true;
  follow?: true;
}

/** What the terminal can show. The Linux console has no signs such as ×. */
const terminal = { width: process.stdout.columns ?? 120, ascii: process.env.TERM === "linux" };

/** Milliseconds between two looks of `--follow`. */
const interval = 500;

/** Shows a worker's timeline: in the terminal, as files, or as JSON. */
export async function show(client: GolemClient, name: string, options: ShowOptions): Promise<void> {
  const target = await findTarget(client, name);
  if (options.follow) return follow(target, name);
  const entries = await target.worker.oplog();
  const now = Date.now();
  const drawnTo = isUnderWay(target.metadata.status) ? now : undefined;
  const unknown = unknownEntries(entries);
  if (unknown) console.error(unknown);
  if (options.svg) await save(options.svg, svgPicture(entries, { title: name }, drawnTo));
  if (options.html) await save(options.html, htmlPicture(entries, name, drawnTo));
  if (options.json) return console.log(json(target.metadata, entries, drawnTo));
  if (!options.svg && !options.html)
    console.log(page(name, target.metadata, entries, now, await target.worker.failure()));
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Complaint(`${file} cannot be written: ${(error as Error).message}. Name a file in a folder that exists.`);
  }
  console.error(`The picture is in ${file}.`);
}

function json(metadata: WorkerMetadata, entries: readonly IndexedEntry[], drawnTo: number | undefined): string {
  const found = { worker: metadata, outlook: outlook(entries, metadata.status), timeline: storyOf(entries, drawnTo) };
  return JSON.stringify(found, (_, value) => (typeof value === "bigint" ? value.toString() : value), 2);
}

function page(
  name: string,
  metadata: WorkerMetadata,
  entries: readonly IndexedEntry[],
  now: number,
  failure: Failure | undefined,
): string {
  const found = outlook(entries, metadata.status);
  const picture = textPicture(entries, { title: name, ...terminal }, isUnderWay(metadata.status) ? now : undefined);
  const lines = [...summary(metadata, found, now), ...(failure ? failureLines(failure) : [])];
  return [picture, "", ...lines].join("\n");
}

function summary({ status, hazards = [] }: WorkerMetadata, { retries, next, decider }: Outlook, now: number): string[] {
  return [
    `${status}, ${counted(retries, "retry", "retries")} so far. ${next ? "Decided by" : "In force"}: ${deciderText(decider)}.`,
    ...(next ? [`Next retry: ${until(next, now)}.`] : []),
    ...hazards.map(({ message, remedy }) => `Hazard: ${message}. ${remedy}`),
  ];
}

/** Redraws until the worker can do nothing more, or Ctrl-C. */
async function follow({ worker, metadata: first }: Target, name: string): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let metadata = first;
  const entries: IndexedEntry[] = [];
  let shown = "";
  while (!stop.signal.aborted) {
    try {
      metadata = await worker.metadata();
      entries.push(...(await worker.oplog({ from: (entries.at(-1)?.oplogIndex ?? 0) + 1 })));
    } catch (error) {
      if (error instanceof GolemError && error.status === 404) return console.log(`${name} has been deleted.`);
      throw error;
    }
    // A terminal counts down. A pipe gets what is new.
    const state = process.stdout.isTTY ? `${Date.now()}` : `${metadata.status} ${entries.length}`;
    if (state !== shown) draw(page(name, metadata, entries, Date.now(), await worker.failure()));
    shown = state;
    if (metadata.status === "Failed" || metadata.status === "Exited") break;
    await sleep(interval, undefined, { signal: stop.signal }).catch(() => {});
  }
}

/** In a terminal over what was there; in a pipe below it. */
function draw(text: string): void {
  const clear = process.stdout.isTTY ? "\u001b[H\u001b[2J\u001b[3J" : "";
  process.stdout.write(`${clear}${text}\n${process.stdout.isTTY ? "" : "\n"}`);
}
