import type { IncomingMessage } from "node:http";

/**
 * Whether a request may reach the server behind the console. A page of another origin may not, nor may one whose name was made to
 * point to this machine (DNS rebinding): a worker can be deleted here.
 */
export function allowed({ headers }: IncomingMessage): boolean {
  const { host = "", origin } = headers;
  const name = host.replace(/:\d+$/, "");
  const named = name === "localhost" || /^\d+(\.\d+){3}$/.test(name) || /^\[[\da-f:.]+\]$/i.test(name);
  return named && (origin === undefined || origin === `http://${host}`);
}
