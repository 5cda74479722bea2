import { randomUUID } from "node:crypto";
import type { Worker } from "golem-client";
import type { RetryPolicy } from "golem-retry/policy";
import { textOf, timelineOf } from "golem-timeline";
import type { HazardKind, VirtualTime } from "minigolem";
import type { Engine } from "./engine.js";
import { asTimelinePolicy } from "./policy.js";
import { storyOf } from "./story.js";

/** What a test gets of an engine. */
export interface Golem {
  /** Base of the REST API. */
  readonly url: string;
  /** In force until a worker sets its own. */
  readonly defaultPolicy: RetryPolicy;
  /** The clock of a minigolem in virtual time; undefined on a Golem server. */
  readonly time: VirtualTime | undefined;
  /**
   * A new worker of a component that was built to `dist/<component>.wasm`, with a name of its own. It is deleted at the end.
   * @param component its name: `http-caller`
   * @param env its environment variables
   * @throws Error when it has not been built
   */
  worker(component: string, env?: Record<string, string>): Promise<Worker>;
  /** A test fails when a worker does what a Golem server does not take well, unless it says so. Nothing is seen on a server. */
  expectHazard(kind: HazardKind): void;
}

/** A {@link Golem} for one test, and what is to be done at its end. */
export function golemFor(engine: Engine, folder: string) {
  const workers: { worker: Worker; component: string }[] = [];
  const expected = new Set<HazardKind>();
  const golem: Golem = {
    url: engine.url,
    defaultPolicy: engine.defaultPolicy,
    time: engine.time,
    async worker(component, env = {}) {
      const { versionedComponentId } = await engine.component(component, folder);
      const worker = engine.client.worker(versionedComponentId.componentId, `${component}-${randomUUID()}`);
      await worker.create({ env });
      workers.push({ worker, component });
      return worker;
    },
    expectHazard: (kind) => void expected.add(kind),
  };
  return {
    golem,
    /** Hazards that nobody expected, and expected ones that were not there, in a sentence each. */
    async complaints(): Promise<string[]> {
      if (process.env.GOLEM_URL) return [];
      const all = await Promise.all(workers.map(({ worker }) => worker.metadata().catch(() => undefined)));
      const found = all.flatMap((metadata) => metadata?.hazards ?? []);
      const surprises = found.filter(({ kind }) => !expected.has(kind as HazardKind));
      const missing = [...expected].filter((kind) => !found.some((hazard) => hazard.kind === kind));
      return [
        ...surprises.map(
          ({ kind, message, remedy }) =>
            `hazard ${kind}: ${message}. Instead: ${remedy}. (or golem.expectHazard("${kind}"))`,
        ),
        ...missing.map((kind) => `the expected hazard ${kind} was not there`),
      ];
    },
    /**
     * Draws what the workers did, to be read when a test has failed.
     * @param told what the error says: a timeline that stands in it is left out
     */
    async story(told: string): Promise<string> {
      const each = workers.map(async ({ worker, component }) => {
        const entries = await worker.oplog().catch(() => []);
        const plain = timelineOf(entries, { defaultPolicy: asTimelinePolicy(engine.defaultPolicy) }); // as matchers draw it
        const body = textOf(plain, { colors: false });
        if (body !== "" && told.includes(body)) return [];
        const timeline = await storyOf(engine, worker);
        return [textOf(timeline(entries), { title: `${component} (${worker.name})`, colors: false })];
      });
      return (await Promise.all(each)).flat().join("\n\n");
    },
    async done(): Promise<void> {
      engine.time?.release(); // a test that failed while it held the clock must not keep the next one waiting
      // A delete waits while Golem retries; nobody needs to.
      const deleted = Promise.all(workers.map(({ worker }) => worker.delete().catch(() => {})));
      await Promise.race([deleted, new Promise<void>((over) => setTimeout(over, 2000).unref())]);
    },
  };
}
