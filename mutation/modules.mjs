/** The parts that are mutated: their sources, and the tests that must notice. All of them are pure. */
export const modules = {
  "retry-policy": {
    mutate: ["packages/retry/src/policy/*.ts", "!packages/retry/src/policy/index.ts"],
    tests: ["packages/retry/test/policy/*.test.ts"],
  },
  "retry-next": { mutate: ["packages/retry/src/next.ts"], tests: ["packages/retry/test/next.test.ts"] },
  "retry-errors": {
    mutate: ["packages/retry/src/errors.ts"],
    tests: ["packages/retry/test/errors.test.ts", "packages/retry/test/next.test.ts"],
  },
  "minigolem-retry": {
    mutate: ["packages/minigolem/src/retry.ts"],
    tests: ["packages/minigolem/test/retry.test.ts"],
  },
  "minigolem-journal": {
    mutate: ["packages/minigolem/src/guest/journal.ts", "packages/minigolem/src/guest/replay.ts"],
    tests: ["packages/minigolem/test/journal.test.ts", "packages/minigolem/test/replay.test.ts"],
  },
  "minigolem-regions": {
    mutate: ["packages/minigolem/src/oplog/regions.ts"],
    tests: ["packages/minigolem/test/regions.test.ts"],
  },
  "minigolem-clock": {
    mutate: ["packages/minigolem/src/clock.ts"],
    tests: ["packages/minigolem/test/clock.test.ts"],
  },
  "minigolem-query": {
    mutate: ["packages/minigolem/src/oplog/query.ts"],
    tests: ["packages/minigolem/test/query.test.ts"],
  },
  "minigolem-public": {
    mutate: ["packages/minigolem/src/oplog/public.ts"],
    tests: ["packages/minigolem/test/public.test.ts"],
  },
  "testkit-policy": {
    mutate: ["packages/testkit/src/policy.ts"],
    tests: ["packages/testkit/test/matchers.test.ts"],
  },
  "timeline-reading": {
    mutate: [
      "packages/timeline/src/*.ts",
      "!packages/timeline/src/{index,rows,words,text,html,model,step-track,durable-step}.ts",
    ],
    tests: ["packages/timeline/test/{timeline,history,entries,calls,policy-track,recorded}.test.ts"],
  },
  "timeline-steps": {
    mutate: ["packages/timeline/src/{step-track,durable-step}.ts"],
    tests: ["packages/timeline/test/{timeline,history,durable-step,step-track,recorded}.test.ts"],
  },
  "timeline-rows": {
    mutate: ["packages/timeline/src/{rows,words,text,html}.ts"],
    tests: ["packages/timeline/test/{timeline,history,words,rows,recorded}.test.ts"],
  },
};
