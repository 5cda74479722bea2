/** `npm run crash`: crashes workers after every entry of their oplogs. See README.md. */
import { randomBytes } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { everywhere } from "./everywhere.js";
import { killAgainAndAgain } from "./kill.js";
import type { Point } from "./plans.js";
import { failureText, summary } from "./report.js";

interface Options {
  only: string;
  at?: Point[];
  seed: string;
  sample?: true;
  short?: true;
  kill?: number;
}

function points(text: string): Point[] {
  return text.split(",").map((part) => {
    const [, at, bare] = /^(\d+)(~?)$/.exec(part) ?? [];
    if (at === undefined || Number(at) < 2)
      throw new InvalidArgumentError(`${part} is no oplog index. Give numbers from 2 on, as a failure shows them.`);
    return { at: Number(at), bare: bare === "~" };
  });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(`${text} is no number of kills. Give a whole number of 1 or more.`);
}

const { only, at, seed, sample, short, kill } = new Command("crash")
  .description("Crashes workers after every entry of their oplogs, and checks that nobody can tell.")
  .option("--only <name>", "only scenarios whose name contains this", "")
  .option(
    "--at <entries>",
    "one run that crashes after these entries: 57, or 57,61~,80 as a failure shows them",
    points,
  )
  .option("--sample", "a few scenarios, with a crash after each kind of entry, as in npm test")
  .option("--short", "one run with many crashes for each scenario, as in npm run verify")
  .option("--seed <text>", "decides where crashes come that are chosen at random", randomBytes(4).toString("hex"))
  .option("--kill <times>", "kill a minigolem server with SIGKILL instead, so many times", count)
  .parse()
  .opts<Options>();

console.log(`seed ${seed}`);
if (kill) console.log(await killAgainAndAgain(kill, seed, console.log));
else {
  const begun = performance.now();
  const form = sample ? "sample" : short ? "short" : "whole";
  const reports = await everywhere(only, { seed, form, at }, (report) => {
    const { failures, scenario, crashes, runs } = report;
    console.log(`${failures.length === 0 ? "ok  " : "FAIL"} ${scenario}: ${crashes} crashes in ${runs} runs`);
    for (const failure of failures) console.log(failureText(report, failure, seed));
  });
  console.log(summary(reports, performance.now() - begun));
  process.exitCode = reports.some(({ failures }) => failures.length > 0) ? 1 : 0;
}
