/** The runs that docs/pictures shows. */
import type { Worker } from "golem-client";
import { type RetryPolicy, retryPolicy } from "golem-retry/policy";
import { reply, type Upstream } from "golem-testkit/upstream";

/** One run, and how its picture is called. */
export interface Scene {
  /** Of the file. */
  name: string;
  title: string;
  /** The built component, from the repository's root. */
  wasm: string;
  /** Which environment variable has the upstream's address. */
  variable?: string;
  /** What the source calls its policies. */
  policies: Record<string, RetryPolicy>;
  /** What the service does. */
  upstream(upstream: Upstream): void;
  /** @param url the upstream's address */
  act(worker: Worker, url: string): Promise<unknown>;
  /** The picture ends at so many traps, of a run that does not end. */
  traps?: number;
}

const app = (name: string) => `apps/${name}/dist/${name}.wasm`;
const twice = retryPolicy({ retries: 2, minDelay: "200ms", maxDelay: "200ms", multiplier: 1 });
const patient = retryPolicy({ retries: 5, minDelay: "500ms", maxDelay: "10s", multiplier: 2 });
const docsPattern = (fn: string): Pick<Scene, "wasm" | "variable" | "policies" | "upstream" | "act"> => ({
  wasm: app("docs-pattern"),
  variable: "SERVICE_URL",
  policies: { twice },
  upstream: (upstream) => upstream.on(`/answers/${fn}`).fails(2).then("an answer"),
  act: (worker) => worker.invoke(fn, fn),
});

export const scenes: readonly Scene[] = [
  { name: "finally", title: "Restored in finally: the override decides nothing", ...docsPattern("as-documented") },
  { name: "success-only", title: "Restored on success only: the override decides", ...docsPattern("decides") },
  {
    name: "override-replayed",
    title: "An override decides, and each retry replays the 503 on record",
    wasm: app("http-caller"),
    variable: "ORDERS_URL",
    policies: { patient },
    upstream: (upstream) => upstream.on("/orders/8").fails(1).then({ id: "8", status: "paid", total: 42 }),
    act: (worker) => worker.invoke("fetch-order-replayed", "8"),
  },
  {
    name: "durable-step",
    title: "A durable step asks again, under its own policy",
    wasm: app("http-caller"),
    variable: "ORDERS_URL",
    policies: { patient },
    upstream: (upstream) => upstream.on("/orders/7").fails(3).then({ id: "7", status: "paid", total: 42 }),
    act: (worker) => worker.invoke("fetch-order", "7"),
  },
  {
    name: "region-without-end",
    title: "An atomic region: Golem counts from zero each time, and retries without end",
    wasm: "test/conformance/components/probe/dist/probe.wasm",
    policies: { twice },
    upstream: (upstream) => upstream.on("/orders").fails(8).then("an order"),
    act: (worker, url) => worker.invoke("region", url, "orders", "2,200,200,1"),
    traps: 7,
  },
  {
    name: "batch-job",
    title: "Three items, one of them poisoned",
    wasm: app("batch-job"),
    variable: "SHOP_URL",
    policies: {
      steady: retryPolicy({ retries: 6, minDelay: "200ms", maxDelay: "5s", multiplier: 2 }),
      strict: retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "150ms", multiplier: 1.5 }),
    },
    upstream(upstream) {
      upstream.on("/items/tea").fails(2).then("3 EUR");
      upstream.on("/items/tea/charge").then("charged");
      upstream.on("/items/poison").then("1 EUR");
      upstream.on("/items/poison/charge").fails(99, 422);
      upstream.on("/items/salt").then("2 EUR");
      upstream.on("/items/salt/charge").fails(1, 500).then("charged");
    },
    act: (worker) => worker.invoke("run-batch", ["tea", "poison", "salt"]),
  },
  {
    name: "order-saga",
    title: "The carrier refuses: stock and payment are given back",
    wasm: app("order-saga"),
    variable: "SHOP_URL",
    policies: {
      payment: retryPolicy({ retries: 2, minDelay: "100ms", maxDelay: "1s", multiplier: 3 }),
      stock: retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 }),
      shipping: retryPolicy({ retries: 6, minDelay: "30s", maxDelay: "20m", multiplier: 2.5 }),
      undoing: retryPolicy({ retries: 200, minDelay: "1s", maxDelay: "1h", multiplier: 3 }),
    },
    upstream(upstream) {
      upstream.on("/payments/o1").fails(1).answers(1, "paid").fails(1).then("given back");
      upstream.on("/stock/tea").fails(1).then("fine");
      upstream.on("/shipments/o1").fails(9, 422);
    },
    act: (worker) => worker.invoke("place-order", { id: "o1", item: "tea", amount: 42 }),
  },
  {
    name: "poller",
    title: "A job that is started at the third attempt",
    wasm: app("poller"),
    variable: "JOBS_URL",
    policies: { starting: retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2 }) },
    upstream(upstream) {
      upstream.on("/jobs").fails(2).then("job-1");
      upstream.on("/jobs/job-1").then("done:42 pages");
    },
    act: (worker) => worker.invoke("run-job", "print"),
  },
  {
    name: "rate-limited",
    title: "429, and the service says when to come back",
    wasm: app("rate-limited"),
    variable: "QUOTES_URL",
    policies: {},
    upstream: (upstream) =>
      upstream
        .on("/quotes/ACME")
        .answers(2, reply(429, "slow down", { "retry-after": "2" }))
        .then("12.50"),
    act: (worker) => worker.invoke("quote", "ACME"),
  },
  {
    name: "tenant-config",
    title: "A policy that one call sets, and that a later one finds",
    wasm: app("tenant-config"),
    variable: "TENANT_URL",
    policies: { generous: retryPolicy({ retries: 4, minDelay: "200ms", maxDelay: "1s", multiplier: 2 }) },
    upstream: (upstream) => upstream.on("/job").fails(1).then("fine"),
    async act(worker) {
      const policy = { retries: 4, "min-delay-ms": 200, "max-delay-ms": 1000, multiplier: 2 };
      await worker.invoke("configure", policy);
      await worker.invoke("work", "/job");
    },
  },
  {
    name: "webhook-delivery",
    title: "Three receivers, one of them gone",
    wasm: app("webhook-delivery"),
    policies: {
      receiver: retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "30s", multiplier: 2.5 }),
      ours: retryPolicy({ retries: 1, minDelay: "1s", maxDelay: "1s", multiplier: 1 }),
    },
    upstream(upstream) {
      upstream.on("/a").fails(2).then("thanks");
      upstream.on("/gone").fails(9, 410);
      upstream.on("/b").then("thanks");
    },
    act: (worker, url) => worker.invoke("deliver", "paid", [`${url}/a`, `${url}/gone`, `${url}/b`]),
  },
];
