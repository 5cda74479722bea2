import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./examine.js";
import { sample, scenarios } from "./scenarios/index.js";

const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** Of V8: an instance lives for milliseconds, so to optimise its code, or to collect it with several threads, costs more than it saves. */
const frugal = ["--liftoff-only", "--single-threaded-gc"];

/** Examines the scenarios in two processes. @param told each report, as it comes */
export async function everywhere(only: string, order: Order, told: (report: Report) => void): Promise<Report[]> {
  const all = order.form === "sample" ? sample : scenarios.map(({ name }) => name);
  const left = all.filter((name) => name.includes(only));
  if (left.length === 0) throw new Error(`no scenario's name contains ${only}. There are: ${all.join(", ")}`);
  const reports: Report[] = [];
  await Promise.all(
    Array.from({ length: Math.min(2, availableParallelism(), left.length) }, (_, i) => {
      const next = () => (i === 0 ? left.shift() : left.pop()); // from both ends: a component is seldom loaded by both
      return oneProcess(next, order, (report) => {
        reports.push(report);
        told(report);
      });
    }),
  );
  return reports;
}

/** A process that takes one scenario after the other until none is left. */
function oneProcess(next: () => string | undefined, order: Order, told: (report: Report) => void): Promise<void> {
  return new Promise((done, failed) => {
    const execArgv = [...frugal, "--import", "tsx"];
    const process = fork(child, { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let current = "";
    process.on("message", (message: Report | "ready") => {
      if (message !== "ready") told(message);
      const name = next();
      if (name === undefined) return process.disconnect();
      current = name;
      process.send({ name, order });
    });
    process.on("error", failed);
    process.on("exit", (code) =>
      code === 0 ? done() : failed(new Error(`${current}: its process ended with ${code}`)),
    );
  });
}
