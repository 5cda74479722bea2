import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { lint, plan, retryPolicy, toNamedPolicy, toWit } from "golem-retry/policy";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Console, serveConsole } from "../dist/index.js";
import { type Lab, openLab, order, wasm } from "./lab.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const there = existsSync(executablePath);
if (!there)
  console.warn(
    `SKIPPED: no browser at ${executablePath}. apt-get install chromium, or set CHROMIUM, to test the console.`,
  );

const results = fileURLToPath(new URL("../.results/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const playgroundFile = new URL("../dist/web/playground.html", import.meta.url).href;

describe.skipIf(!there)("the console in a browser", { timeout: 60_000 }, () => {
  let lab: Lab;
  let web: Console;
  let browser: Browser;
  /** What the pages asked for, other than from their own server. */
  const elsewhere: string[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    mkdirSync(results, { recursive: true });
    [lab, browser] = await Promise.all([
      openLab(),
      chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }),
    ]);
    web = await serveConsole({ golem: lab.golem.url });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await web?.close();
    await lab?.close();
  });

  async function open(hash: string, colorScheme: "light" | "dark" = "light", base = `${web.url}/`): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1360, height: 900 } });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(web.url) && !/^(data|file):/.test(request.url())) elsewhere.push(request.url());
    });
    page.setDefaultTimeout(15_000);
    await page.goto(base + hash);
    return page;
  }

  test("a retry is seen as it happens, and counted down to", async () => {
    lab.upstream.on("/orders/slow").fails(20, 503).then(order);
    const worker = await lab.worker("bob");
    const page = await open("#/worker/http-caller/bob");
    await page.locator(".badge.idle").waitFor();
    await worker.invokeAsync("fetch-order", "slow");

    const retries = page.getByTestId("retries");
    const countdown = page.locator(".strip .countdown .figures");
    await page.getByText(/durable step, retry [2345] comes next/).waitFor(); // the last waits take four and eight seconds
    const left = async () => {
      const [, figure, unit] = /^in ([\d.]+) (s|ms)$/.exec((await countdown.textContent()) ?? "") ?? [];
      return Number(figure) * (unit === "s" ? 1000 : 1);
    };
    const passed = async () => {
      const before = await left();
      await page.waitForTimeout(400);
      return before - (await left()); // NaN where a wait has ended
    };
    await expect.poll(passed, { timeout: 15_000 }).toSatisfy((ms) => ms > 200 && ms < 1500);
    await expect.poll(async () => Number(await retries.textContent())).toBeGreaterThanOrEqual(2);
    await page.locator(".picture a").nth(1).press("Enter"); // a mark leads to its entry, and the entry to the mark
    await page.locator(".entry[aria-pressed=true]").waitFor();
    await page.getByRole("button", { name: "Show in the picture" }).click();
    expect(await page.locator("#picture a:focus .chosen").count()).toBe(1);
    await page.close();

    await (await lab.worker("ben")).invokeAsync("fetch-order", "slow");
    const list = await open("#/");
    const row = list.locator("tr", { hasText: "ben" });
    await row.getByText("durable step").waitFor();
    await row.locator(".countdown").waitFor();
    await list.close();
  });

  test("invoke, crash and revert work", async () => {
    lab.upstream.on("/orders/7").then(order);
    await lab.worker("carol");
    const page = await open("#/worker/http-caller/carol?tab=oplog");
    await page.getByLabel("id string").fill("7");
    await page.getByRole("button", { name: "Invoke and wait" }).click();
    await page.locator(".answer pre").waitFor();
    expect(JSON.parse((await page.locator(".answer pre").textContent()) ?? "")).toEqual(order);

    lab.upstream.on("/orders/late").fails(3, 503).then(order);
    await page.getByLabel("id string").fill("late");
    await page.getByRole("button", { name: "Queue" }).click();
    await page.getByText(/durable step, retry \d comes next/).waitFor();
    const crash = page.waitForResponse(/interrupt\?recovery-immediately=true/);
    await page.getByRole("button", { name: "Crash" }).click();
    expect((await crash).status()).toBe(200);
    await lab.upstream.requested("/orders/late", 3); // it recovered in the middle of a wait, and asked again
    await page.locator(".badge.idle").waitFor();

    await page.getByLabel("Text contains").fill("ExportedFunctionCompleted");
    await page.locator(".entry").first().click();
    await page.getByLabel("Text contains").fill("");
    await page.getByRole("button", { name: "Revert to here…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revert" }).click();
    await page.getByLabel("Text contains").fill("drops");
    await page.locator(".entry.Revert").waitFor();
    expect((await lab.client.worker(lab.componentId, "carol").metadata()).status).toBe("Idle");

    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Workers" }).waitFor();
    await expect(lab.client.worker(lab.componentId, "carol").metadata()).rejects.toThrow("not found");
    await page.close();
  });

  test("a page of 10,000 entries keeps its elements few, and grows while the worker lives", async () => {
    lab.upstream.on("/orders/1").then(order);
    lab.upstream.on("/orders/never").fails(50, 503).then(order);
    const worker = await lab.worker("long");
    for (let calls = 0; calls < 150; calls++) await worker.invoke("fetch-order", "1");

    const page = await open("#/worker/http-caller/long?tab=oplog");
    const filters = page.locator(".filters .dim");
    const entries = async () => Number(/of (\d+)/.exec((await filters.textContent()) ?? "")?.[1]);
    await expect.poll(entries).toBeGreaterThan(10_000);
    expect(await page.locator("*").count()).toBeLessThan(4000);
    const shown = page.locator(".entry .index");
    expect(await shown.count()).toBeLessThan(60);
    await page.getByLabel("Type of entry").selectOption("all");
    await page.locator(".virtual").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await expect.poll(async () => Number(await shown.last().textContent())).toBeGreaterThan(10_000);

    const before = await entries();
    await worker.invokeAsync("fetch-order", "never");
    await page.getByText(/durable step, retry \d comes next/).waitFor();
    expect(await entries()).toBeGreaterThan(before);
    await page.getByRole("button", { name: "Interrupt" }).click();
    await page.close();
  });

  test("the workers are filtered by the server, and come a page at a time", async () => {
    await Promise.all(Array.from({ length: 60 }, (_, i) => lab.worker(`many-${i}`)));
    const page = await open("#/?status=Idle&name=many-");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(50);
    await page.getByRole("button", { name: "Next →" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(10);
    await page.keyboard.press("/");
    await page.keyboard.type("5"); // many-5…
    await expect.poll(() => page.locator("tbody tr").count()).toBe(11);
    await page.close();
  });

  test.each(["served", "as one file"])("the playground's numbers equal plan(): %s", async (how) => {
    const query = "?retries=6&min=150ms&max=4s&x=2.5&jitter=0.2";
    const page =
      how === "served" ? await open(`#/playground${query}`) : await open(`#/${query}`, "light", playgroundFile);
    const policy = retryPolicy({ retries: 6, minDelay: "150ms", maxDelay: "4s", multiplier: 2.5, jitter: 0.2 });
    const rows = page.locator(".schedule tbody tr");
    await rows.first().waitFor();
    const shown = await rows.evaluateAll((all) =>
      all.map((row) =>
        [...row.querySelectorAll("td")].map((cell) => `${cell.dataset.least} ${cell.dataset.most} ${cell.textContent}`),
      ),
    );
    const plans = (["ideal", "golem-1.2", "golem-1.2-config"] as const).map((engine) => plan(policy, engine));
    const [first] = plans as [(typeof plans)[0]];
    expect(shown).toEqual(
      first.delays.map((_, i) =>
        plans.map(({ delays, longest }) => expect.stringMatching(new RegExp(`^${delays[i]} ${longest[i]} \\d`))),
      ),
    );
    expect(shown[0]?.[0]).toContain("150ms to 180ms");
    const total = await page
      .locator(".schedule tfoot td")
      .evaluateAll((all) => all.map((cell) => (cell as HTMLElement).dataset.least));
    expect(total).toEqual(plans.map((each) => String(each.total)));

    await page.locator("#a-retries").fill("2");
    await expect.poll(() => rows.count()).toBe(2);
    expect(page.url()).toContain("retries=2");
    await page.locator("#a-minDelay").fill("5 parsecs");
    await page.getByText('minDelay is "5 parsecs"').waitFor();
    await page.close();
  });

  test("two policies: what engines change, the fleet's load, and the code to copy", async () => {
    const page = await open("#/playground?retries=5&min=200ms&max=10s&x=1.5&jitter=0.3&workers=100");
    const policy = retryPolicy({ retries: 5, minDelay: "200ms", maxDelay: "10s", multiplier: 1.5, jitter: 0.3 });
    const findings = await page.locator(".findings li").allTextContents();
    for (const { message } of lint(policy, "golem-1.2"))
      expect(findings).toContainEqual(expect.stringContaining(message.replaceAll("`", "")));

    const fleet = page.getByRole("region", { name: "Fleet" }).locator("svg");
    const load = (await fleet.getAttribute("aria-label")) ?? "";
    const [, all, spread] = /without jitter: up to (\d+) .*jitter 0\.3: up to (\d+) /.exec(load) ?? [];
    expect(Number(all)).toBe(100);
    expect(Number(spread)).toBeLessThan(50);
    const fromFirstSeed = await page.locator(".schedule").textContent();
    await page.getByRole("button", { name: "Draw again" }).click();
    expect(page.url()).toContain("seed=");
    await expect.poll(() => fleet.getAttribute("aria-label")).not.toBe(load);
    expect(await page.locator(".schedule").textContent()).toBe(fromFirstSeed); // what a policy allows is not drawn

    const code = await page.locator(".code pre").allTextContents();
    expect(code[0]).toContain('minDelay: "200ms"');
    expect(code[1]).toContain(`min-delay: ${toWit(policy).minDelay},`);
    const [, literal = ""] = /const named = ([\s\S]*);$/.exec(code[2]?.trim() ?? "") ?? [];
    expect(runInNewContext(`(${literal})`)).toEqual(toNamedPolicy(policy, "my-policy"));

    await page.getByRole("button", { name: "Compare with a second policy" }).click();
    await page.locator("#b-retries").fill("2");
    await expect.poll(() => page.url()).toContain("retries2=2");
    await page.getByText("Policy B:", { exact: true }).waitFor();
    await page.close();
  });

  test("a component is uploaded, and a worker of it is made, interrupted and resumed", async () => {
    const page = await open("#/component");
    await page.getByLabel("Name", { exact: true }).fill("uploaded");
    await page.getByLabel("Component", { exact: true }).setInputFiles(fileURLToPath(wasm));
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByRole("heading", { name: "uploaded" }).waitFor();
    await page.getByRole("button", { name: "Version 0" }).waitFor();
    await page.getByLabel("Component", { exact: true }).setInputFiles(fileURLToPath(wasm));
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText("It is version 1.").waitFor();

    await page.getByLabel("Worker name").fill("new");
    await page.getByLabel(/^Environment/).fill(`ORDERS_URL=${lab.upstream.url}`);
    await page.getByRole("button", { name: "Make it" }).click();
    await page.locator(".badge.idle").waitFor();
    lab.upstream.on("/orders/stopped").fails(3, 503).then(order);
    await page.getByLabel("id string").fill("stopped");
    await page.getByRole("button", { name: "Queue" }).click();
    await page.getByText(/durable step, retry \d comes next/).waitFor();
    await page.getByRole("button", { name: "Interrupt" }).click();
    await page.locator(".badge.interrupted").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.locator(".badge.idle").waitFor();
    expect(lab.upstream.requests("/orders/stopped")).toHaveLength(4);
    await page.getByRole("tab", { name: "Environment" }).click();
    await page.getByText(lab.upstream.url).waitFor();
    await page.close();
  });

  const pages = [
    ["workers", "#/"],
    ["worker", "#/worker/http-caller/bob"],
    ["worker-oplog", "#/worker/http-caller/bob?tab=oplog&entry=3"],
    ["component", "#/component/http-caller"],
    ["components", "#/component"],
    [
      "playground",
      "#/playground?retries=5&min=200ms&max=10s&x=2&jitter=0.3&retries2=3&min2=100ms&max2=1s&x2=3&jitter2=0",
    ],
  ] as const;
  const both = pages.flatMap(([name, hash]) =>
    (["light", "dark"] as const).map((scheme) => [name, hash, scheme] as const),
  );
  test.each(both)("axe finds nothing on %s (%s, %s)", async (name, hash, scheme) => {
    const page = await open(hash, scheme);
    await page.locator("table, .picture svg, .entry").first().waitFor();
    await page.screenshot({ path: `${results}${name}-${scheme}.png`, fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    });
    expect(found).toEqual([]);
    await page.close();
  });

  test("no page failed, or asked anything of another server", () => {
    expect(errors).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
