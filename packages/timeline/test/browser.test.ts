import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { htmlOf, timelineOf } from "../src/index.js";
import { get, invoked, log, policy, stderr, trap } from "./log.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const there = existsSync(executablePath);
if (!there)
  console.warn(
    `SKIPPED: no browser at ${executablePath}. apt-get install chromium, or set CHROMIUM, to test the report's page.`,
  );

const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const many = log(
  [0, "Create"],
  ...Array.from({ length: 40 }, (_, i) => [
    invoked(i * 1000, `a-function-with-a-rather-long-name-${i}`, `k${i}`),
    policy(i * 1000 + 1, i % 9, "250ms", "10s", 2),
    ...get(i * 1000 + 2, `/orders/${i}`, i % 3 ? 503 : 200),
    stderr(i * 1000 + 9, `failure ${i}\n`),
    trap(i * 1000 + 10),
  ]),
);
const page = htmlOf({
  title: "Retries of everything",
  stories: [
    { title: "many", text: "A long one.", timeline: timelineOf(many, { defaultPolicy }) },
    { title: "nothing", timeline: timelineOf([], { defaultPolicy }) },
  ],
});

describe.skipIf(!there)("the report's page in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser?.close());

  test.each(["light", "dark"] as const)(
    "%s: no errors, nothing outside its picture, text that stands out",
    async (colorScheme) => {
      const tab = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await tab.setContent(page);
      expect(errors).toEqual([]);
      expect(await tab.locator("svg").count()).toBe(2);

      const outside = await tab.evaluate(() =>
        [...document.querySelectorAll("svg")].flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].flatMap((text) => {
            const box = text.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1
              ? [text.textContent]
              : [];
          });
        }),
      );
      expect(outside).toEqual([]);

      const contrast = await tab.evaluate(() => {
        const luminance = (color: string) => {
          const [r = 0, g = 0, b = 0] = (/\d+, \d+, \d+/.exec(color)?.[0] ?? "").split(", ").map((n) => {
            const c = Number(n) / 255;
            return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = luminance(getComputedStyle(document.querySelector(".ground") as Element).fill);
        const ink = luminance(getComputedStyle(document.querySelector("svg text") as Element).fill);
        return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
      });
      expect(contrast).toBeGreaterThan(4.5);
      await tab.close();
    },
    60_000,
  );
});
