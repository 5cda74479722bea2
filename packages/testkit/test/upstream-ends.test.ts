// How requests end: with nothing scripted, in pieces, broken off, given up by the upstream.
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startUpstream } from "../src/upstream.js";

async function upstreamOf(run: (upstream: Awaited<ReturnType<typeof startUpstream>>) => Promise<void>) {
  const upstream = await startUpstream();
  try {
    await run(upstream);
  } finally {
    await upstream.close();
  }
}

const codeOf = (error: { cause?: { code?: string } }) => error.cause?.code;

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

test("a body in pieces, whole or broken off", () =>
  upstreamOf(async (upstream) => {
    upstream.on("/x").streams(1, ["one ", "two ", "three"]).streams(1, ["one "], { breaks: true });
    // The bytes themselves: on a busy machine a reader may get two pieces at once.
    const socket = connect(Number(new URL(upstream.url).port), "127.0.0.1");
    socket.write("GET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const whole = await text(socket);
    expect(whole).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
    expect(whole.split("\r\n\r\n")[1]).toBe("4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0");
    const broken = await fetch(`${upstream.url}/x`);
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow();
  }));

test("closes with a request under way", async () => {
  const upstream = await startUpstream();
  upstream.on("/x").delays(1, 60_000, "never");
  const answer = fetch(`${upstream.url}/x`).catch(codeOf);
  await upstream.requested("/x", 1);
  await upstream.close();
  expect(await answer).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
});
