import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";

/** A request and its answer, as in test/conformance/recordings. */
export interface Exchange {
  method: string;
  /** Decoded, with its query. */
  path: string;
  status: number;
  /** Compared when there is one; the types of parameters are not. */
  body?: unknown;
  /** Sent as JSON, text as it is. */
  answer?: unknown;
  /** Of a call: its results. */
  value?: unknown[];
  type?: unknown;
}

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** The calls of a recorded scenario. @param name of the file, which is part of its workers' names */
export function recorded(name: string): Exchange[] {
  const file = new URL(`../../../test/conformance/recordings/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).calls;
}

/** Answers these requests, in this order; anything else fails with 418 and says what was expected. */
export async function answering(exchanges: readonly Exchange[]) {
  const expected = [...exchanges];
  const received: Received[] = [];
  let compareBodies = true;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = decodeURIComponent((request.url as string).replaceAll("+", " ")).replace("?hazards=true", "");
    received.push({ method: request.method as string, path, headers: request.headers, body });
    const next = expected.shift();
    const wanted = next && `${next.method} ${next.path} ${JSON.stringify(next.body)}`;
    if (next?.method !== request.method || next?.path !== path || (compareBodies && !sameBody(next.body, body))) {
      response.writeHead(418).end(`expected ${wanted}, and got ${request.method} ${path} ${body}`);
      return;
    }
    const answer = next.value ? { result: { typ: next.type, value: next.value } } : next.answer;
    const text = typeof answer === "string" ? answer : JSON.stringify(answer);
    response.writeHead(next.status).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** What was not asked for. */
    left: () => expected,
    /** What comes in a body is not compared. */
    anyBody: () => {
      compareBodies = false;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function sameBody(expected: unknown, body: string): boolean {
  if (expected === undefined || body === "") return expected === undefined || body === "";
  if (!body.startsWith("{")) return false;
  const sent = JSON.parse(body);
  if (sent.params) sent.params = sent.params.map(({ value }: { value: unknown }) => ({ value }));
  return isDeepStrictEqual(sent, expected);
}
