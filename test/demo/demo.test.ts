import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startMinigolem } from "minigolem";
import { expect, test } from "vitest";
import { run } from "../documentation/run.js";
import { demoApps } from "./apps.js";
import { child, stopChildren } from "./children.js";
import { statusOn } from "./status.js";
import { summary } from "./summary.js";

const root = join(import.meta.dirname, "../..");

function recorded(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) };
  return { status: statusOn(stream as unknown as NodeJS.WriteStream), written };
}

test("plays http-caller first, and every app that has a demo once", () => {
  const apps = demoApps(root);
  expect(apps[0]).toBe("http-caller");
  expect(apps.slice(1)).toEqual(apps.slice(1).sort());
  for (const app of apps) expect(existsSync(join(root, "apps", app, "demo.ts"))).toBe(true);
});

test("shows one line on a terminal, which is away while a demo writes", () => {
  const { status, written } = recorded(true);
  status.show("compiling the packages of this");
  status.show("building");
  expect(written).toEqual(["compiling the packa", "\r\x1b[2K", "building"]);
  status.pause();
  status.show("building another");
  expect(written.slice(3)).toEqual(["\r\x1b[2K"]);
  status.resume();
  expect(written.slice(4)).toEqual(["building another"]);
});

test("writes each text once, in a line of its own, where there is no terminal", () => {
  const { status, written } = recorded(false);
  for (const text of ["one", "one", "two"]) status.show(text);
  expect(written).toEqual(["one\n", "two\n"]);
});

test("the summary says which checks hold and which don't, where the reports are, and what to do next", () => {
  const checks = [
    { claim: "the order came", holds: true },
    { claim: "the service was asked once", holds: false },
  ];
  const played = [
    { app: "http-caller", status: 1, outcome: { checks, report: join(root, "apps/http-caller/report.html") } },
    { app: "poller", status: null },
  ];
  const text = summary(played, root);
  expect(text).toContain(
    "✗ http-caller  1 of 2 checks hold  apps/http-caller/report.html\n    ✗ the service was asked once",
  );
  expect(text).toContain("✗ poller       it did not reach its end");
  const told = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name as string);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(told.filter((name) => !scripts[name])).toEqual([]);
});

test("an interrupt reaches what runs, and is waited for", async () => {
  const slow = `process.once("SIGINT", () => setTimeout(() => { console.log("tidied up"); process.exit(130); }, 100));
    setInterval(() => {}, 1000); process.send("ready");`;
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const running = child(process.execPath, ["-e", slow], { stdio: ["ignore", "pipe", "pipe", "ipc"] }, () => ready());
  await isReady;
  await stopChildren();
  expect(await running).toEqual({ status: 130, printed: "tidied up\n" });
});

test.each(["docs-pattern", "http-caller"])(
  "the demo of %s fails when its functions are gone",
  async (app) => {
    const results = join(root, "test/.results");
    mkdirSync(results, { recursive: true });
    const folder = mkdtempSync(join(results, "demo-")); // its imports must be found
    await using golem = await startMinigolem({ time: "virtual", onHazard: () => {} });
    try {
      cpSync(join(root, "apps", app, "demo.ts"), join(folder, "demo.ts"));
      cpSync(join(root, "apps/poller/dist/poller.wasm"), join(folder, `dist/${app}.wasm`));
      const printed = await run("tsx demo.ts", { cwd: folder, env: { GOLEM_URL: golem.url }, fails: true });
      expect(printed).toMatch(/✗ the worker failed/);
      expect(printed).not.toMatch(/✓ the (worker failed|order came|answer came)/);
      expect(printed).toMatch(/It should have failed with "[^"]*said 503", and failed with this: .*/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
