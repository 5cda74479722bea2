import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { serveConsole } from "golem-console";
import { chromium, type Page } from "playwright-core";
import { startMinigolem } from "./engine.js";
import type { Note } from "./measure.js";
import type { BenchUpstream } from "./upstream.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const watched = 8000;

/** Measures the console's page of a worker with 10,000 entries that lives: how long it takes to show its picture, and its frames. */
export async function measurePage(wasm: Uint8Array, cache: string, upstream: BenchUpstream, note: Note): Promise<void> {
  if (!existsSync(executablePath)) return console.warn(`no browser at ${executablePath}: the console is not measured`);
  const engine = await startMinigolem("real", cache);
  const { versionedComponentId } = await engine.client.components.create("bench", { wasm });
  const name = randomUUID();
  const worker = engine.client.worker(versionedComponentId.componentId, name);
  let entries = 0;
  for (let made = 0; entries < 10_000; made++) {
    await worker.invoke("bare", upstream.url);
    if (made % 50 === 0) entries = (await worker.oplog()).length;
  }
  upstream.failNext(50);
  await worker.invokeAsync("ask", upstream.url, 50, 1000);

  const web = await serveConsole({ golem: engine.url });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    const start = performance.now();
    await page.goto(`${web.url}/#/worker/bench/${name}`);
    await page.locator(".picture svg").waitFor();
    note("page of a worker with 10,000 entries", performance.now() - start);
    await page.evaluate("globalThis.__name = (named) => named"); // tsx calls it in functions that it compiles
    const frames = await framesOf(page);
    note("its longest frame while the worker lives", Math.max(...frames));
    note("its frames", (frames.length * 1000) / watched, "frames/s");
  } finally {
    await browser.close();
    await web.close();
    upstream.failNext(0);
    await engine.stop();
  }
}

/** Milliseconds from each frame to the next. */
const framesOf = (page: Page): Promise<number[]> =>
  page.evaluate(
    (length) =>
      new Promise((resolve) => {
        const gaps: number[] = [];
        let last = performance.now();
        const end = last + length;
        const step = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(step);
          else resolve(gaps);
        };
        requestAnimationFrame(step);
      }),
    watched,
  );
