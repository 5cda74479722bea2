import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { htmlOf, svgOf, timelineOf } from "../src/index.js";
import { get, imported, invoked, type Line, log, onPurpose, policy, progress, stderr, trap } from "./log.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const there = existsSync(executablePath);
if (!there)
  console.warn(
    `SKIPPED: no browser at ${executablePath}. apt-get install chromium, or set CHROMIUM, to test the report's page.`,
  );

const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const many = log(
  [0, "Create"],
  ...Array.from({ length: 40 }, (_, i): Line[] => [
    invoked(i * 1000, `a-function-with-a-rather-long-name-${i}`, `k${i}`),
    policy(i * 1000 + 1, i % 9, "250ms", "10s", 2),
    ...get(i * 1000 + 2, `/orders/${i}/with/a/path/that/goes/on/and/on`, i % 3 ? 503 : 200),
    ...(i % 4 ? [] : [policy(i * 1000 + 8, 3, "100ms", "1s", 3)]),
    stderr(i * 1000 + 9, `failure ${i}\n`),
    trap(i * 1000 + 10),
  ]),
);
const step = log(
  [0, "Create"],
  invoked(10, "fetch"),
  [11, "BeginAtomicRegion"],
  ...get(12, "/orders/7", 429),
  imported(21, "golem keyvalue::eventual::set"),
  policy(22, 2, "0s", "0s", 1),
  stderr(23, "execution 1 of 6 failed: Error: orders said 429; next in 500ms\n"),
  trap(24, onPurpose),
  [30, "Jump", { jump: { start: 4, end: 13 } }],
  imported(31, "golem keyvalue::eventual::get", progress(520)),
  ...get(522, "/orders/7", 200),
  [530, "EndAtomicRegion", { begin_index: 3 }],
  [600, "Interrupted"],
  [86_400_000, "NoOp"],
  [86_400_100, "Suspend"],
  [86_500_000, "ExportedFunctionCompleted"],
  [86_500_001, "SuccessfulUpdate", { target_version: 2 }],
);
const stories = [
  { title: "many", text: "A long one.", timeline: timelineOf(many, { defaultPolicy }) },
  { title: "a step", timeline: timelineOf(step, { defaultPolicy }) },
  { title: "nothing", timeline: timelineOf([], { defaultPolicy }) },
];
const report = htmlOf({ title: "Retries of everything", stories });
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Texts that a browser draws outside of their picture, or on top of each other. */
const faults = (tab: Page) =>
  tab.evaluate(() =>
    [...document.querySelectorAll("svg")].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll("text")].map((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        return { left, right, top: top + 2, bottom: bottom - 2, words: text.lastChild?.textContent };
      });
      const cut = texts.filter(
        ({ left, right, bottom }) => left < frame.left - 1 || right > frame.right + 1 || bottom > frame.bottom + 1,
      );
      const covered = texts.flatMap((a, i) =>
        texts
          .slice(i + 1)
          .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          .map((b) => `"${a.words}" over "${b.words}"`),
      );
      return [...cut.map(({ words }) => `"${words}" is cut`), ...covered];
    }),
  );

/** What axe finds, in words. */
async function violations(tab: Page): Promise<string[]> {
  await tab.addScriptTag({ path: axe });
  return tab.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
    const found = await run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
}

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

describe.skipIf(!there)("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(page: string, colorScheme: "light" | "dark", width = 1100) {
    const tab = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const errors: string[] = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await tab.setContent(page);
    expect(errors).toEqual([]);
    return tab;
  }

  test.each(["light", "dark"] as const)(
    "%s: the report has no errors, no fault that axe knows, no label that is cut or covered",
    async (colorScheme) => {
      const tab = await open(report, colorScheme);
      expect(await tab.locator("svg").count()).toBe(3);
      expect(await violations(tab)).toEqual([]);
      expect(await faults(tab)).toEqual([]);
      await tab.screenshot({ path: `.results/report-${colorScheme}.png`, fullPage: true });
      await tab.close();
    },
    120_000,
  );

  test.each([320, 600, 960])(
    "a picture %i pixels wide shows all of its words",
    async (width) => {
      const pictures = stories.map(({ title, timeline }, i) => svgOf(timeline, { title, width, id: `p${i}` }));
      const tab = await open(`<!doctype html><title>pictures</title>${pictures.join("")}`, "light", width);
      expect(await faults(tab)).toEqual([]);
      await tab.close();
    },
    60_000,
  );

  test("with links, the keyboard reaches each mark, and axe has nothing to say", async () => {
    const { title, timeline } = stories[1] as (typeof stories)[0];
    const svg = svgOf(timeline, { title, link: (index) => `#entry-${index}` });
    const page = `<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>${svg}</main></html>`;
    const tab = await open(page, "dark");
    await tab.keyboard.press("Tab");
    expect(await tab.evaluate(() => document.activeElement?.getAttribute("href"))).toMatch(/^#entry-\d+$/);
    expect(await violations(tab)).toEqual([]);
    await tab.close();
  }, 60_000);

  test("printed, the report is light", async () => {
    const tab = await open(report, "dark");
    await tab.emulateMedia({ media: "print", colorScheme: "dark" });
    const ground = () => tab.evaluate(() => getComputedStyle(document.querySelector(".ground") as Element).fill);
    expect(await ground()).toBe("rgb(255, 255, 255)");
    await tab.close();
  }, 60_000);
});
