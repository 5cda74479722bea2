import { afterEach, beforeEach, expect, test } from "vitest";
import { reply, startUpstream, type Upstream } from "../src/upstream.js";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(upstream.url + path, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

test("says what its script says, in order, and then always the last", async () => {
  upstream
    .on("/a")
    .fails(2, 503)
    .answers(1, reply(429, "later", { "retry-after": "3" }))
    .then({ status: "paid" });
  expect((await ask("/a")).status).toBe(503);
  expect((await ask("/a")).status).toBe(503);
  const limited = await ask("/a");
  expect([limited.status, limited.text, limited.headers.get("retry-after")]).toEqual([429, "later", "3"]);
  for (let i = 0; i < 2; i++) expect(await ask("/a")).toMatchObject({ status: 200, text: '{"status":"paid"}' });
});

test("remembers who asked for what", async () => {
  upstream.on("/a").then("fine");
  await ask("/a?b=c", { method: "POST", body: "text", headers: { "idempotency-key": "k" } });
  await ask("/other");
  expect(upstream.requests("/a")).toMatchObject([
    { method: "POST", path: "/a?b=c", body: "text", headers: { "idempotency-key": "k" }, status: 200, aborted: false },
  ]);
  expect(upstream.requests()).toHaveLength(2);
  expect(upstream.requests("/other")[0]?.status).toBe(404);
});

test("resets connections, delays, and computes", async () => {
  upstream
    .on("/a")
    .resets(1)
    .delays(1, 30, "late")
    .does(({ method, body }, count) => `${method} ${body} ${count}`);
  await expect(ask("/a")).rejects.toThrow("fetch failed");
  const begun = performance.now();
  expect((await ask("/a")).text).toBe("late");
  expect(performance.now() - begun).toBeGreaterThan(25);
  expect((await ask("/a", { method: "PUT", body: "x" })).text).toBe("PUT x 3");
});

test("hangs until it is released, and tells when it has been asked", async () => {
  upstream.on("/a").hangs(2).then("at last");
  const both = [ask("/a"), ask("/a")];
  await upstream.requested("/a", 2);
  expect(upstream.requests("/a").map(({ status }) => status)).toEqual([undefined, undefined]);
  upstream.release("/a");
  expect((await Promise.all(both)).map(({ text }) => text)).toEqual(["at last", "at last"]);
});

test("a caller that goes away is seen", async () => {
  upstream.on("/a").hangs(1).then("never");
  const abort = new AbortController();
  const gone = ask("/a", { signal: abort.signal }).catch(() => "gone");
  await upstream.requested("/a", 1);
  abort.abort();
  expect(await gone).toBe("gone");
  while (!upstream.requests("/a")[0]?.aborted) await new Promise((done) => setTimeout(done, 5));
});
