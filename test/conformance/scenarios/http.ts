import { abortedRequest } from "../aborted-request.ts";
import type { Scenario, UpstreamKind } from "../scenario.ts";

const four = "4,100,1000,2";

type Around = Pick<Scenario, "name" | "claim" | "hazards" | "varies"> & {
  fn: string;
  policy: string;
  upstream: [UpstreamKind, number];
};

/** A policy around one GET. */
const around = ({ fn, policy, upstream: [kind, argument], ...about }: Around): Scenario => ({
  ...about,
  run: (s) => s.invoke(fn, [s.base, s.path(kind, argument), policy]),
});

const arounds: Around[] = [
  {
    name: "finally-restore",
    claim: "A policy restored in finally does not decide the retry: the old one does.",
    fn: "finally-restore",
    policy: four,
    upstream: ["flaky", 2],
    hazards: ["policy-restored-by-failing-call"],
  },
  {
    name: "success-restore",
    claim: "A policy restored on success only decides; the recorded answer is replayed, so the upstream is asked once.",
    fn: "success-restore",
    policy: four,
    upstream: ["flaky", 2],
  },
  {
    name: "success-restore-ok",
    claim: "A call that succeeds at once leaves two ChangeRetryPolicy entries and no Error.",
    fn: "success-restore",
    policy: four,
    upstream: ["text", 0],
  },
  {
    name: "success-restore-404",
    claim: "The status of an answer means nothing to the engine: a guest that throws at a 404 is retried as at a 503.",
    fn: "success-restore",
    policy: "1,50,50,1",
    upstream: ["always", 404],
  },
  {
    name: "success-restore-unread",
    claim: "A request whose response was not read to its end is sent again in each recovery.",
    fn: "success-restore-unread",
    policy: four,
    upstream: ["flaky", 3],
    hazards: ["unread-response"],
  },
  {
    name: "success-restore-unread-max",
    claim: "Requests that are sent again are retried beyond max-attempts, each time after min-delay.",
    fn: "success-restore-unread",
    policy: "2,150,1000,2",
    upstream: ["flaky", 5],
    hazards: ["unread-response"],
  },
  {
    name: "region",
    claim: "An atomic region that was not closed is executed again, its request sent again.",
    fn: "region",
    policy: four,
    upstream: ["flaky", 3],
  },
  {
    name: "region-ok",
    claim: "A region that succeeds at once leaves a begin and an end and no Jump.",
    fn: "region",
    policy: four,
    upstream: ["text", 0],
  },
  {
    name: "region-more-than-max",
    claim: "The Jump of a region resets the count of retries: max-attempts is no bound, and each wait is min-delay.",
    fn: "region",
    policy: "2,100,1000,3",
    upstream: ["flaky", 6],
    hazards: ["region-without-bound"],
  },
  {
    name: "region-max-0",
    claim: "With max-attempts 0 a region is not executed again.",
    fn: "region",
    policy: "0,100,1000,2",
    upstream: ["flaky", 1],
  },
  {
    name: "region-default-policy",
    claim: "Under the server's own policy, too, a region is retried more often than 3 times.",
    fn: "region",
    policy: "",
    upstream: ["flaky", 5],
    hazards: ["region-without-bound"],
  },
  {
    name: "region-finally",
    claim:
      "A region closed in finally makes the failure part of the record: it is replayed, the upstream is asked once.",
    fn: "region-finally",
    policy: four,
    upstream: ["flaky", 2],
    hazards: ["region-closed-by-failing-call"],
  },
  {
    name: "region-unread",
    claim: "In an open region an unread response makes no difference: all of it is executed again.",
    fn: "region-unread",
    policy: four,
    upstream: ["flaky", 3],
  },
  {
    name: "region-two",
    claim: "A region executed again sends all its requests again, those that had succeeded too.",
    fn: "region-two",
    policy: four,
    upstream: ["flaky", 4],
  },
  {
    name: "non-idempotent",
    claim: "With idempotence mode off an unfinished remote write is not done again: the worker fails instead.",
    fn: "non-idempotent",
    policy: "2,50,50,1",
    upstream: ["flaky", 2],
    hazards: ["unread-response"],
  },
  {
    name: "persist-nothing",
    claim: "What is not persisted is done again in each retry, and the retries are bounded.",
    fn: "persist-nothing",
    policy: "3,50,50,1",
    upstream: ["flaky", 2],
    varies: {
      fields: ["error"],
      where: ["persist-nothing.golemError"],
      because: "it ends with an abort of the JavaScript engine, whose text depends on how the component was built",
    },
  },
  {
    name: "guest-loop",
    claim: "A loop inside the guest asks again as often and as late as it likes; the oplog has no Error.",
    fn: "guest-loop",
    policy: four,
    upstream: ["flaky", 3],
  },
  {
    name: "guest-loop-gives-up",
    claim: "A guest that gives up returns what it likes; no retry follows.",
    fn: "guest-loop",
    policy: "2,50,1000,2",
    upstream: ["flaky", 9],
  },
  {
    name: "key-in-region",
    claim: "An idempotency key generated inside a region differs in each execution.",
    fn: "key-in-region",
    policy: four,
    upstream: ["flaky", 2],
  },
  {
    name: "key-before-region",
    claim: "An idempotency key generated before a region is the same in each execution.",
    fn: "key-before-region",
    policy: four,
    upstream: ["flaky", 2],
  },
  {
    name: "reset-region",
    claim: "A connection that was reset inside a region is tried again with it.",
    fn: "region",
    policy: four,
    upstream: ["reset", 2],
  },
  {
    name: "reset-no-region",
    claim: "A connection that was reset is tried again in each recovery, as no response was read.",
    fn: "success-restore",
    policy: four,
    upstream: ["reset", 2],
    hazards: ["request-unanswered"],
  },
];

export const http: Scenario[] = [
  ...arounds.map(around),
  {
    name: "region-endless",
    alone: true,
    claim: "A region goes on at min-delay until its upstream recovers, however long that takes.",
    loose: true,
    hazards: ["region-without-bound"],
    varies: {
      fields: ["value", "results"],
      because: "the answer counts the requests, and how many fit into 4 s depends on the machine",
    },
    run: (s) => s.invoke("region", [s.base, s.path("until", 4000), "2,200,2000,2"]),
  },
  {
    name: "unread-endless",
    alone: true,
    claim: "Unread responses keep a worker asking at min-delay until its upstream recovers.",
    loose: true,
    hazards: ["unread-response"],
    varies: {
      fields: ["value", "results"],
      because: "the answer counts the requests, and how many fit into 3 s depends on the machine",
    },
    run: (s) => s.invoke("success-restore-unread", [s.base, s.path("until", 3000), "2,200,2000,2"]),
  },
  {
    name: "bounded-clock",
    claim: "A deadline read before the region bounds it, as the clock's answer is replayed.",
    loose: true,
    hazards: ["region-without-bound", "region-closed-by-failing-call"],
    run: (s) => s.invoke("bounded-clock", [s.base, s.path("always", 503), "2,150,1000,2", 1200]),
  },
  {
    name: "bounded-clock-in-time",
    claim: "Within its deadline a region is executed again until it succeeds.",
    run: (s) => s.invoke("bounded-clock", [s.base, s.path("flaky", 2), "2,150,1000,2", 5000]),
  },
  {
    name: "nested",
    claim: "Of two nested overrides the one in force when the error leaves the function decides.",
    run: (s) => s.invoke("nested", [s.base, s.path("always", 503), "3,300,300,1", "6,50,50,1"]),
  },
  {
    name: "parallel",
    alone: true,
    claim: "Requests that overlapped are all sent again in a recovery.",
    unordered: true,
    hazards: ["overlapping-requests"],
    run: (s) => s.invoke("parallel", [s.base, s.path("flaky", 3), four]),
  },
  {
    name: "parallel-ok-then-throw",
    claim: "A worker whose requests once overlapped may hang in its next recovery.",
    unordered: true,
    hazards: ["overlapping-requests"],
    limit: 8000,
    alone: true,
    fault: { call: "throw-plain", entries: 24, requests: 3 },
    async run(s) {
      await s.invoke("parallel", [s.base, s.path("text", 0), ""]);
      await s.invoke("set-policy", [1, 50_000_000, 50_000_000, 1, -1]);
      await s.invoke("throw-plain", ["plain after requests that overlapped"]);
    },
  },
  {
    name: "post",
    claim: "A POST whose answer was read is not sent again in a retry.",
    run: (s) => s.invoke("post", [s.base, s.path("echo", 1), "2,50,50,1", "hello ".repeat(50)]),
  },
  {
    name: "post-ok",
    claim: "A POST carries its body to the upstream.",
    run: (s) => s.invoke("post", [s.base, s.path("echo", 0), "2,50,50,1", "hello"]),
  },
  {
    name: "big-body",
    claim: "A response of 300 KB is read in chunks, and arrives whole.",
    run: (s) => s.invoke("big-body", [s.base, s.path("bytes", 300_000)]),
  },
  {
    name: "fetch-catch-reset",
    hazards: ["request-unanswered"],
    claim: "A guest can catch a connection that was reset; no retry follows.",
    run: (s) => s.invoke("fetch-catch", [s.base, s.path("reset", 1)]),
  },
  {
    name: "fetch-abort",
    claim: "A guest can abort a request that gets no answer, and be called again.",
    hazards: ["request-unanswered"],
    time: "held",
    async run(s) {
      await abortedRequest(s, "hang");
      s.release();
      await s.invoke("counter");
    },
  },
  {
    name: "refused-then-up",
    claim: "A region waits for an upstream that nobody listens at, beyond max-attempts.",
    time: "held",
    loose: true,
    hazards: ["region-without-bound"],
    async run(s) {
      const late = await s.lateUpstream();
      const answer = s.invoke("region", [late.base, s.path("text", 0), "2,200,1000,2"]);
      await s.failures(8, 250);
      await late.start();
      s.flow();
      await answer;
    },
  },
  {
    name: "refused-no-region",
    claim: "A refused connection is tried again without end, even outside a region.",
    time: "held",
    loose: true,
    hazards: ["request-unanswered"],
    async run(s) {
      const late = await s.lateUpstream();
      const answer = s.invoke("success-restore", [late.base, s.path("text", 0), "2,200,1000,2"]);
      await s.failures(12, 250);
      await late.start();
      s.flow();
      await answer;
    },
  },
  {
    name: "slow",
    claim: "A slow answer is waited for.",
    time: "real",
    run: (s) => s.invoke("fetch-text", [s.base, s.path("slow", 700)]),
  },
  {
    name: "two-requests-one-worker",
    claim: "Requests of two calls have traces of their own.",
    async run(s) {
      await s.invoke("fetch-text", [s.base, s.path("text", 1)]);
      await s.invoke("fetch-text", [s.base, s.path("text", 2)]);
    },
  },
];
