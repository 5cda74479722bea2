import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ServerProcess } from "../../minigolem/test/server-process.js";
import { own, type Reply, startGolem } from "./golem.js";

const folder = mkdtempSync(join(tmpdir(), "golem-retry-"));
const server = new ServerProcess(folder);

afterEach(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

const options = { retries: 3, minDelay: "1500ms", maxDelay: "1500ms", multiplier: 1 };

// A server at GOLEM_URL is not ours to kill.
test.skipIf(process.env.GOLEM_URL)("a server that is killed at any point changes nothing of a step", async () => {
  await server.start();
  const golem = await startGolem(server.url);
  const worker = golem.worker();
  const count = async (type: string) => (await worker.oplog()).filter((entry) => entry.type === type).length;
  const until = (claim: () => unknown) => expect.poll(claim);
  // Nothing is answered but what a stage says, so that a slow machine is killed in the same stage, whatever it does in it.
  const answerOnce = (reply: Reply) => worker.replies([reply, ...Array<Reply>(20).fill("hang")]);
  const again = async () => {
    await server.kill();
    await server.start();
  };

  answerOnce(503);
  worker.begin("step", worker.url, JSON.stringify(options), "{}"); // its server is killed
  await until(() => count("Error")).toBe(1);
  await again(); // in the wait, or in the recovery before it
  await until(() => worker.requests().length).toBeGreaterThan(1);
  answerOnce(503);
  await again(); // in a request, which is sent again
  await until(() => count("Error")).toBe(2);
  worker.replies([503]); // then all succeed
  await again(); // in the wait once more
  await until(() => count("ExportedFunctionCompleted")).toBe(1);

  expect(await count("Error")).toBe(3);
  expect(worker.requests().filter(({ failed }) => failed)).toHaveLength(3);
  expect(worker.requests().length).toBeLessThanOrEqual(3 + 1 + 3); // those that failed, the last, and one for each kill
  expect(worker.waitsAfterFailures()).toHaveLength(3);
  for (const wait of worker.waitsAfterFailures()) expect(wait).toBeGreaterThanOrEqual(1500);
  expect((await worker.invoke("get-policy")).value?.policy).toMatchObject(own);
  await golem.close();
});
