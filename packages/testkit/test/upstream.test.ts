import { expect, test } from "vitest";
import { reply, startUpstream } from "../src/upstream.js";

async function upstreamOf(run: (upstream: Awaited<ReturnType<typeof startUpstream>>) => Promise<void>) {
  const upstream = await startUpstream();
  try {
    await run(upstream);
  } finally {
    await upstream.close();
  }
}

const codeOf = (error: { cause?: { code?: string } }) => error.cause?.code;

test("fails so many times, then answers for ever", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/orders/7").fails(2, 503).fails(1, 429, { "retry-after": "3" }).then({ id: "7" });
    const statuses = [];
    for (let i = 0; i < 5; i++) {
      const answer = await fetch(`${upstream.url}/orders/7?try=${i}`);
      statuses.push(answer.status);
      if (i === 2) expect(answer.headers.get("retry-after")).toBe("3");
      if (i > 2) expect(await answer.json()).toEqual({ id: "7" });
    }
    expect(statuses).toEqual([503, 503, 429, 200, 200]);
    expect(upstream.requests("/orders/7").map(({ path, status }) => `${path} ${status}`)).toEqual([
      "/orders/7?try=0 503",
      "/orders/7?try=1 503",
      "/orders/7?try=2 429",
      "/orders/7?try=3 200",
      "/orders/7?try=4 200",
    ]);
  }));

test("remembers method, headers, body and time of each request", () =>
  upstreamOf(async (upstream) => {
    const before = Date.now();
    upstream.on("/pay").then(reply(201, { paid: true }, { location: "/payments/1" }));
    const body = JSON.stringify({ amount: 42 });
    const headers = { "idempotency-key": "k1", "content-type": "application/json" };
    const answer = await fetch(`${upstream.url}/pay`, { method: "POST", body, headers });
    expect([answer.status, answer.headers.get("location"), await answer.json()]).toEqual([
      201,
      "/payments/1",
      { paid: true },
    ]);
    const [seen] = upstream.requests();
    expect(seen).toMatchObject({
      method: "POST",
      path: "/pay",
      body,
      headers: { "idempotency-key": "k1" },
      aborted: false,
    });
    expect(seen?.at).toBeGreaterThanOrEqual(before);
    expect(seen?.at).toBeLessThanOrEqual(Date.now());
  }));

test("a path without a script is not found, and is remembered too", () =>
  upstreamOf(async (upstream) => {
    const answer = await fetch(`${upstream.url}/nobody`);
    expect([answer.status, await answer.text()]).toEqual([404, "nothing is scripted for /nobody"]);
    upstream.on("/short").fails(1, 500);
    await fetch(`${upstream.url}/short`);
    expect(await (await fetch(`${upstream.url}/short`)).text()).toBe("nothing is scripted for this request");
    expect(upstream.requests()).toHaveLength(3);
    expect(upstream.requests("/short")).toHaveLength(2);
  }));

test("resets the connection", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").resets(1).then("ok");
    expect(await fetch(`${upstream.url}/x`).catch(codeOf)).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
    expect(await (await fetch(`${upstream.url}/x`)).text()).toBe("ok");
    expect(upstream.requests("/x")).toMatchObject([{ status: undefined, aborted: true }, { status: 200 }]);
  }));

test("hangs until it is released", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").hangs(1).then("late");
    const answer = fetch(`${upstream.url}/x`);
    await upstream.requested("/x", 1);
    expect(upstream.requests("/x")).toMatchObject([{ status: undefined, aborted: false }]);
    upstream.release("/x");
    expect(await (await answer).text()).toBe("late");
  }));

test("a caller that goes away is seen", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").hangs(1).then("late");
    const caller = new AbortController();
    const answer = fetch(`${upstream.url}/x`, { signal: caller.signal }).catch((error: Error) => error.name);
    await upstream.requested("/x", 1);
    caller.abort();
    expect(await answer).toBe("AbortError");
    await expect.poll(() => upstream.requests("/x")[0]?.aborted).toBe(true);
  }));

test("answers after a while", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").delays(1, 60, { late: true }).then("at once");
    const before = performance.now();
    expect(await (await fetch(`${upstream.url}/x`)).json()).toEqual({ late: true });
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  }));

test("a body in pieces, whole or broken off", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").streams(1, ["one ", "two ", "three"]).streams(1, ["one "], { breaks: true });
    const whole = await fetch(`${upstream.url}/x`);
    expect(whole.headers.get("transfer-encoding")).toBe("chunked");
    const pieces = [];
    for await (const piece of whole.body as unknown as AsyncIterable<Uint8Array>)
      pieces.push(new TextDecoder().decode(piece));
    expect(pieces).toEqual(["one ", "two ", "three"]);
    const broken = await fetch(`${upstream.url}/x`);
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow();
  }));

test("a function decides, from the request and how many there were", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").does(({ method, body }, count) => reply(count > 1 ? 200 : 418, `${method} ${body}`));
    const ask = () => fetch(`${upstream.url}/x`, { method: "PUT", body: "b" });
    expect((await ask()).status).toBe(418);
    const second = await ask();
    expect([second.status, await second.text()]).toEqual([200, "PUT b"]);
  }));

test("closes with a request under way", async () => {
  const upstream = await startUpstream();
  upstream.on("/x").delays(1, 60_000, "never");
  const answer = fetch(`${upstream.url}/x`).catch(codeOf);
  await upstream.requested("/x", 1);
  await upstream.close();
  expect(await answer).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
});
