/**
 * What the demos of the apps are made with.
 * @module golem-testkit/demo
 */

import { deepStrictEqual } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import { GolemError, type Worker } from "golem-client";
import type { RetryPolicy } from "golem-retry/policy";
import { errorText, htmlOf, type Story, type Timeline, textOf, time } from "golem-timeline";
import pc from "picocolors";
import { openEngine } from "./engine.js";
import { type Golem, golemFor } from "./golem.js";
import { asTimelinePolicy, divided, explainRetries, type RetriedOptions } from "./policy.js";
import { storyOf } from "./story.js";
import { startUpstream, type Upstream } from "./upstream.js";

/** What a demo works with. */
export interface Stage {
  /** A minigolem in real time, or the server that `GOLEM_URL` names. */
  golem: Golem;
  /** A scripted HTTP server. */
  upstream: Upstream;
  /**
   * Runs something on a worker: says what happens as it happens, then draws its timeline.
   * @param story its title, and what is to be seen in it
   * @returns what it gave, or the error by which it failed
   */
  run<T>(story: { title: string; text: string; worker: Worker }, act: () => Promise<T>): Promise<T | Error>;
  /** Says that something is so, and ends the demo with a failure if it is not. */
  check(claim: string, actual: unknown, expected: unknown): void;
  /** Says that a call failed because of what the component threw. @param said part of its message */
  checkFailed(claim: string, result: unknown, said: string): void;
  /**
   * Says that only these policies decided the retries of a worker. With {@link RetriedOptions} at the end it compares the
   * waits that the service asked for, too. A wait that took too long fails nothing. It is printed, because the machine was slow.
   */
  checkRetries(claim: string, worker: Worker, ...expected: (RetryPolicy | RetriedOptions)[]): Promise<void>;
}

/** What a demo sends to the process that started it, if there is a channel between them (`process.send`). */
export interface Outcome {
  checks: { claim: string; holds: boolean }[];
  /** The page with the pictures. */
  report: string;
}

/**
 * A demo: real components on a real engine in real time, with a picture at the end. It asserts what it shows: the process ends
 * with 1 when something is otherwise.
 * @param policies by the names that the source has for them
 */
export async function demo(
  name: string,
  policies: Record<string, RetryPolicy>,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const names = Object.entries(policies).map(([name, policy]) => ({ name, policy: asTimelinePolicy(policy) }));
  const engine = await openEngine("real").catch((error: Error) => {
    console.error(`${name}: ${error.message}`);
    process.exit(1);
  });
  const upstream = await startUpstream();
  const { golem, done } = golemFor(engine, process.cwd());
  const close = async () => {
    await done();
    await upstream.close();
    await engine.close();
  };
  process.once("SIGINT", () => void close().finally(() => process.exit(130)));
  const stories: Story[] = [];
  const checks: Outcome["checks"] = [];
  /** @param why it is otherwise; undefined: it is so */
  const conclude = (claim: string, why: string | undefined) => {
    checks.push({ claim, holds: why === undefined });
    console.log(why === undefined ? `${pc.green("✓")} ${claim}` : `${pc.red("✗")} ${claim}\n${why}`);
  };
  const stage: Stage = {
    golem,
    upstream,
    async run({ title, text, worker }, act) {
      console.log(`\n${pc.bold(`${name}: ${title}`)}\n${pc.dim(text)}\n`);
      const timeline = await storyOf(engine, worker);
      const read = async () => timeline(await worker.oplog());
      const live = tell(read);
      const result = await act().catch((error: Error) => error);
      await live.stop();
      const found = await read();
      stories.push({ title: `${name}: ${title}`, text, timeline: found });
      console.log(
        `\n${textOf(found, { title: `${name}/${worker.name.slice(0, name.length + 9)}`, names, width: process.stdout.columns ?? 120 })}\n`,
      );
      return result;
    },
    check: (claim, actual, expected) => conclude(claim, difference(actual, expected)),
    checkFailed: (claim, result, said) => conclude(claim, whyNotFailed(result, said)),
    async checkRetries(claim, worker, ...expected) {
      const { policies, options } = divided(expected);
      const late: string[] = [];
      const why = explainRetries(await worker.oplog(), policies, golem.defaultPolicy, options, (what) =>
        late.push(what),
      );
      conclude(claim, why);
      for (const what of late) console.log(pc.dim(`  this machine was slow: ${what}`));
    },
  };

  console.log(
    pc.dim(process.env.GOLEM_URL ? `on the Golem server at ${engine.url}` : `on minigolem, at ${engine.url}`),
  );
  const file = join(process.cwd(), "report.html");
  try {
    await play(stage);
    await writeFile(file, htmlOf({ title: `Retries of ${name}`, stories, names }));
    console.log(pc.dim(`\nthe pictures: ${relative(process.env.INIT_CWD ?? process.cwd(), file)}`));
  } finally {
    await close();
  }
  process.send?.({ checks, report: file } satisfies Outcome);
  if (checks.some(({ holds }) => !holds)) process.exitCode = 1;
}

function difference(actual: unknown, expected: unknown): string | undefined {
  try {
    deepStrictEqual(actual, expected);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Says why a result is not the failure of a component that threw `said`. */
function whyNotFailed(result: unknown, said: string): string | undefined {
  if (!(result instanceof Error)) return `It should have failed with "${said}", and gave ${inspect(result)}.`;
  const threw = result instanceof GolemError && result.type === "RuntimeError";
  if (threw && result.details.includes(said)) return undefined;
  return `It should have failed with "${said}", and failed with this: ${result.message}`;
}

/** Says what a worker does while it does it. */
function tell(read: () => Promise<Timeline>) {
  let told = 0;
  let stopped = false;
  const look = async () => {
    const lines = (await read().catch(() => undefined))?.invocations.flatMap(story) ?? [];
    for (const line of lines.slice(told)) console.log(line);
    told = Math.max(told, lines.length);
  };
  const loop = (async () => {
    while (!stopped) {
      await look();
      await new Promise((next) => setTimeout(next, 100));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      await look();
    },
  };
}

function story({ executions }: Timeline["invocations"][number]): string[] {
  return executions.flatMap((execution) => {
    const { number, requests, outcome, end, replayed, settles, wait, step } = execution;
    const line = (ms: number, text: string) => `${pc.dim(time(ms).padStart(9))}  ${text}`;
    const asked = requests
      .filter(({ status, failure }) => status !== undefined || failure !== undefined)
      .map(({ end, method, path, status, failure }) =>
        line(end, `execution ${number}: ${method} ${path} → ${status ?? failure}`),
      );
    // A step says it in its error.
    const next = wait && step === undefined ? `; next in ${time(wait.planned.least)}` : "";
    const failed = replayed ? "replayed the failure on record" : `failed: ${errorText(execution)}`;
    const ends = {
      trapped: `execution ${number} ${failed}${next}`,
      jumped: `execution ${number} ${failed}`,
      completed: `execution ${number} ${settles && requests.length === 0 ? "handed on the failure" : "answered"}`,
      interrupted: `execution ${number} was interrupted`,
      crashed: `execution ${number} stopped with its server`,
      running: undefined,
    }[outcome];
    return ends === undefined
      ? asked
      : [...asked, line(end, ends.replace(/^execution \d+ failed: (?=execution \d)/, ""))];
  });
}
