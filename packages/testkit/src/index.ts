/**
 * vitest's `test` and `expect` for Golem components. What `golem-testkit/upstream` exports is exported here, too, except `Reply`.
 *
 * {@link test} hands a test `golem`, a {@link Golem}, and `upstream`, an `Upstream`. `expect` has two matchers more than vitest's,
 * for `await worker.oplog()`:
 * - `toHaveRetriedWith(...policies)`: only these policies decided how often and when was retried, each of them at least once. It holds for Golem's own retries and for durable steps. With `{ retryAfter: ["3s"] }` as its last argument it compares
 *   the waits that the service asked for, too: see {@link RetriedOptions}.
 * - `toEndUnder(policy)`: this policy is in force at the end. The jitter is not compared, as Golem 1.2 drops it.
 * @module golem-testkit
 */

import { test as base, vi } from "vitest";
import { type Engine, openEngine } from "./engine.js";
import { type Golem, golemFor } from "./golem.js";
import { expect, setDefaultPolicy } from "./matchers.js";
import { startUpstream, type Upstream } from "./upstream.js";

export type { Golem } from "./golem.js";
export { oplogText } from "./oplog-text.js";
export type { RetriedOptions } from "./policy.js";
export { type Answer, reply, type Script, type SeenRequest, startUpstream, type Upstream } from "./upstream.js";
/** vitest's, with the matchers `toHaveRetriedWith` and `toEndUnder`. */
export { expect };

// Virtual time does not depend on the machine's load. This limit is only there to end a test that never does, and no busy machine should
// meet it: vitest's five seconds are over before a component is compiled. On a server waits take their time, too.
const patience = 900_000;
vi.setConfig({ testTimeout: patience, hookTimeout: patience });

interface Fixtures {
  /** A minigolem of this test file in virtual time, or the Golem server that `GOLEM_URL` names. */
  golem: Golem;
  /** A scripted HTTP server of this test's own. */
  upstream: Upstream;
  /** For the fixtures above. */
  engine: Engine;
}

/**
 * vitest's `test` with an engine and an upstream. A test fails on a hazard that it does not expect; when it fails, what its
 * workers did is part of the error.
 */
export const test = base.extend<Fixtures>({
  engine: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing else is needed
    async ({}, use) => {
      const engine = await openEngine("virtual");
      setDefaultPolicy(engine.defaultPolicy);
      await use(engine);
      await engine.close();
    },
    { scope: "file" },
  ],
  golem: async ({ engine, task }, use) => {
    const { golem, complaints, story, done } = golemFor(engine, process.cwd());
    await use(golem);
    const found = await complaints();
    const errors = task.result?.errors ?? [];
    const told = errors.map(({ message }) => message).join("\n");
    const what = found.length > 0 || errors.length > 0 ? await story(told) : "";
    for (const error of errors.slice(0, 1)) if (what !== "") error.message += `\n\n${what}`;
    await done();
    if (found.length > 0) throw new Error(`${found.join("\n")}\n\n${what}`);
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing else is needed
  upstream: async ({}, use) => {
    const upstream = await startUpstream();
    await use(upstream);
    await upstream.close();
  },
});
