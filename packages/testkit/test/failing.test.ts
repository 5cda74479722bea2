import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";

interface Outcome {
  title: string;
  status: string;
  failureMessages: string[];
}

const outcomes = new Map<string, Outcome>();

// As a user's own vitest would run them; it has to end by itself, too.
beforeAll(() => {
  const root = fileURLToPath(new URL("failing", import.meta.url));
  const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));
  const env = { ...process.env, GOLEM_URL: "", FORCE_COLOR: "0" };
  const { stdout, status } = spawnSync(process.execPath, [vitest, "run", "--root", root, "--reporter=json"], {
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(status).toBe(1);
  const { testResults } = JSON.parse(stdout) as { testResults: { assertionResults: Outcome[] }[] };
  for (const outcome of testResults.flatMap((file) => file.assertionResults)) outcomes.set(outcome.title, outcome);
});

const messageOf = (title: string) => outcomes.get(title)?.failureMessages.join("\n");

test("the error of a failed test has its workers' timelines", () => {
  const message = messageOf("a wrong claim");
  expect(message).toContain("expected 'ok' to be 'something else'");
  expect(message).toMatch(/^component \(component-[\da-f-]+\)/m);
  expect(message).toMatch(/1 +GET \/x +503/);
  expect(message).toMatch(/2 +GET \/x +200/);
});

test("a hazard fails a test, and the error says what to do", () => {
  const message = messageOf("a hazard");
  expect(message).toContain("hazard overlapping-requests: two HTTP requests were under way at once");
  expect(message).toContain('golem.expectHazard("overlapping-requests")');
  expect(messageOf("a hazard that is not there")).toContain("the expected hazard unread-response was not there");
});

test("what is fine passes", () => {
  expect([...outcomes.values()].map(({ status }) => status)).toEqual(["failed", "failed", "failed", "passed"]);
});
