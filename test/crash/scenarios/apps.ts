import type { Call, Scenario, Step } from "../scenario.js";
import type { Act } from "../upstream.js";
import { by, each, failures, inTurn, passing, text, withTimeouts } from "./answers.js";

const app = (name: string) => ({ folder: `apps/${name}`, wasm: name });

/** Calls one after the other, with keys of their own. */
const calls = (...all: Call[]): Step[] => all.map((one, i) => ({ does: "call", key: `k${i + 1}`, ...one }));

type Given = Pick<Scenario, "answers" | "ends"> & Partial<Scenario>;

function httpCaller(name: string, given: Given): Scenario {
  const order = (id: string): Call => ({ function: "fetch-order", params: [id] });
  return {
    name: `http-caller/${name}`,
    component: app("http-caller"),
    env: (url) => ({ ORDERS_URL: url }),
    steps: calls(order("7"), order("8")),
    probes: [order("9")],
    ...given,
  };
}

function saga(name: string, given: Given): Scenario {
  const order = (id: string): Call => ({ function: "place-order", params: [{ id, item: "tea", amount: 42 }] });
  return {
    name: `order-saga/${name}`,
    component: app("order-saga"),
    env: (url) => ({ SHOP_URL: url }),
    steps: calls(order("o1")),
    probes: [order("o2")],
    ...given,
  };
}

function docsPattern(name: string, called: string, given: Given): Scenario {
  const call: Call = { function: called, params: ["7"] };
  return {
    name: `docs-pattern/${name}`,
    component: app("docs-pattern"),
    env: (url) => ({ SERVICE_URL: url }),
    steps: calls(call),
    probes: [call],
    ...given,
  };
}

function batch(name: string, given: Given): Scenario {
  const run = (...items: string[]): Call => ({ function: "run-batch", params: [items] });
  return {
    name: `batch-job/${name}`,
    component: app("batch-job"),
    env: (url) => ({ SHOP_URL: url }),
    steps: calls(run("cup", "pot")),
    probes: [run("tin")],
    ...given,
  };
}

function webhook(name: string, given: Given): Scenario {
  const destinations = ["a", "b"].map((one) => `upstream/${one}`);
  return {
    name: `webhook-delivery/${name}`,
    component: app("webhook-delivery"),
    steps: calls({ function: "deliver", params: ["paid", destinations] }),
    probes: [{ function: "dead-letters", params: [] }],
    limit: 10_000,
    ...given,
  };
}

function rateLimited(name: string, given: Given): Scenario {
  const quote: Call = { function: "quote", params: ["TEA"] };
  return {
    name: `rate-limited/${name}`,
    component: app("rate-limited"),
    env: (url) => ({ QUOTES_URL: url }),
    steps: calls(quote),
    probes: [quote],
    limit: 10_000,
    ...given,
  };
}

function poller(name: string, given: Given): Scenario {
  const run = (job: string): Call => ({ function: "run-job", params: [job] });
  return {
    name: `poller/${name}`,
    component: app("poller"),
    env: (url) => ({ JOBS_URL: url }),
    steps: calls(run("press")),
    probes: [run("bind")],
    ...given,
  };
}

function tenant(name: string, given: Given): Scenario {
  const policy = { retries: 2, "min-delay-ms": 100, "max-delay-ms": 200, multiplier: 2 };
  return {
    name: `tenant-config/${name}`,
    component: app("tenant-config"),
    env: (url) => ({ TENANT_URL: url }),
    steps: calls({ function: "configure", params: [policy] }, { function: "work", params: ["/jobs"] }),
    probes: [{ function: "configured", params: [] }],
    ...given,
  };
}

const tea = text('{"id":"7","status":"sent","total":3}');

const httpCallers = [
  httpCaller("ok", { answers: inTurn(tea), ends: /sent/ }),
  ...each(passing, (kind, act) => httpCaller(kind, { answers: inTurn(act, tea), ends: /sent/ })),
  httpCaller("gives-up", { answers: inTurn(503), ends: /execution 6 of 6/ }),
  httpCaller("gives-up-at-once", { answers: inTurn(404), ends: /execution 1 of 6/ }),
  httpCaller("gives-up-reset", { answers: inTurn("reset"), ends: /execution 6 of 6/ }),
];

const sagas = [
  saga("ok", { answers: by({}), ends: /shipped/ }),
  ...each(failures, (kind, act) =>
    saga(kind, { answers: by({ "/stock/tea": [...Array(6).fill(act), text("there")] }), ends: /cancelled/ }),
  ),
  ...each(passing, (kind, act) =>
    saga(`${kind}-once`, { answers: by({ "/stock/tea": [act, text("there")] }), ends: /shipped/ }),
  ),
  saga("payment-fails", { answers: by({ "/payments/": [402] }), ends: /cancelled/ }),
  saga("undone-slowly", {
    answers: by({ "DELETE /payments/o1": [503, "reset", text("given back")], "/shipments/o1": [502] }),
    ends: /cancelled/,
  }),
];

const docsPatterns = [
  docsPattern("step-ok", "asks-again", { answers: by({}), ends: /fine/ }),
  ...each(passing, (kind, act) =>
    docsPattern(`step-${kind}`, "asks-again", { answers: inTurn(act, text("fine")), ends: /fine/ }),
  ),
  docsPattern("step-gives-up", "asks-again", { answers: inTurn(503), ends: /execution 3 of 3/ }),
  docsPattern("decides-ok", "decides", { answers: by({}), ends: /fine/ }),
  ...each({ "4xx": 404, "5xx": 503 }, (kind, act) =>
    docsPattern(`decides-${kind}`, "decides", { answers: inTurn(act), ends: /failed/ }),
  ),
  ...each({ reset: "reset", refused: "refused", broken: "broken" }, (kind, act) =>
    docsPattern(`decides-${kind}`, "decides", { answers: inTurn(act, text("fine")), ends: /fine/ }),
  ),
  docsPattern("documented-4xx", "as-documented", { answers: inTurn(404), ends: /failed/ }),
  docsPattern("documented-5xx", "as-documented", { answers: inTurn(503), ends: /failed/ }),
];

const batches = [
  batch("ok", { answers: by({}), ends: /"poisoned":\[\]/ }),
  ...each(failures, (kind, act) =>
    batch(kind, { answers: by({ "POST /items/cup/charge": [act] }), ends: /"item":"cup"/ }),
  ),
  ...each(passing, (kind, act) =>
    batch(`${kind}-once`, { answers: by({ "/items/cup": [act, text("3")] }), ends: /"poisoned":\[\]/ }),
  ),
];

const webhooks = [
  webhook("ok", { answers: by({}), ends: /"delivered":2/ }),
  webhook("gone", { answers: by({ "/a": [410] }), ends: /"reason":"said 410"/ }),
  ...each(withTimeouts, (kind, act) => webhook(kind, { answers: by({ "/a": [act] }), ends: /"delivered":1/ })),
  ...each({ ...withTimeouts, ...passing }, (kind, act) =>
    webhook(`${kind}-once`, { answers: by({ "/a": [act, text("fine")] }), ends: /"delivered":2/ }),
  ),
];

const later: Act = { status: 429, body: "later", headers: { "retry-after": "3" } };
const quotes = [
  rateLimited("ok", { answers: by({}), ends: /fine/ }),
  rateLimited("429", { answers: inTurn(later, later, text("fine")), ends: /fine/ }),
  rateLimited("429-to-the-end", { answers: inTurn(later), ends: /err/ }),
  ...each({ ...withTimeouts, ...passing }, (kind, act) =>
    rateLimited(kind, { answers: inTurn(act, text("fine")), ends: /fine/ }),
  ),
  // A crash while an answer hangs takes time from the deadline, so a run has fewer requests: not here.
  ...each(failures, (kind, act) => rateLimited(`${kind}-to-the-end`, { answers: inTurn(act), ends: /err/ })),
];

const jobs = (...polls: Act[]) => by({ "/jobs?": [text("j1")], "/jobs/j1": polls });
const pollers = [
  poller("ok", { answers: jobs(text("running"), text("running"), text("done:printed")), ends: /printed/ }),
  poller("job-fails", {
    answers: jobs(text("running"), text("failed:no paper")),
    ends: /execution 2 of 201 failed.*no paper/,
  }),
  ...each(passing, (kind, act) =>
    poller(kind, { answers: jobs(act, text("running"), text("done:printed")), ends: /printed/ }),
  ),
];

const tenants = [
  tenant("ok", { answers: by({}), ends: /fine/ }),
  tenant("5xx", { answers: inTurn(503), ends: /failed/ }),
  tenant("4xx", { answers: inTurn(404), ends: /failed/ }),
  ...each({ reset: "reset", refused: "refused", broken: "broken" }, (kind, act) =>
    tenant(kind, { answers: inTurn(act, text("fine")), ends: /fine/ }),
  ),
];

export const apps: Scenario[] = [
  ...httpCallers,
  ...sagas,
  ...docsPatterns,
  ...batches,
  ...webhooks,
  ...quotes,
  ...pollers,
  ...tenants,
];
