import http, { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, createServer as createListener } from "node:net";

/** What a request comes to. A number is a status; `broken` and `stalled` stop in the middle of the body. */
export type Act = number | Reply | "reset" | "refused" | "hang" | "broken" | "stalled";

export interface Reply {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** A request, as the engine begins to send it. */
export interface Sending {
  method: string;
  /** Without the name of its worker. */
  path: string;
}

/** What the upstream saw of it besides. */
export interface Seen {
  key: string | undefined;
  body: string;
}

/** Who sends: the part of a URL's path that comes first says so. */
export interface Sender {
  /** Decides what a request comes to. @throws when nothing may be sent */
  sends(sending: Sending): { act: Act; seen(request: Seen): void; hangs(): void };
}

type Sent = ReturnType<Sender["sends"]>;

/**
 * A server on this machine. It knows of each request before it arrives, because the engine runs in this process: so it can
 * refuse a connection, and a request that is sent and taken back before it arrives counts as sent.
 */
export async function startUpstream() {
  const senders = new Map<string, Sender>();
  const sent = new Map<number, Sent>();
  const nobody = await closedPort();
  const server = createServer((request, response) => void answer(request, response, sent));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;

  const realRequest = http.request;
  http.request = ((url: URL, options: http.RequestOptions) => {
    const [, name, ...path] = (url instanceof URL ? url.pathname : "").split("/");
    const sender = senders.get(name ?? "");
    if (!sender || url.port !== String(port)) return realRequest(url, options);
    const one = sender.sends({ method: options.method ?? "GET", path: `/${path.join("/")}${url.search}` });
    const to = new URL(url);
    if (one.act === "refused") to.port = String(nobody);
    const outgoing = realRequest(to, options);
    outgoing.on("socket", (socket) => socket.once("connect", () => sent.set(socket.localPort as number, one)));
    return outgoing;
  }) as typeof http.request;
  syncBuiltinESMExports();

  return {
    /** @returns the base that the sender's worker is to use */
    open(name: string, sender: Sender): string {
      senders.set(name, sender);
      return `http://127.0.0.1:${port}/${name}`;
    },
    close: (name: string): void => void senders.delete(name),
    stop(): void {
      http.request = realRequest;
      syncBuiltinESMExports();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, sent: Map<number, Sent>): Promise<void> {
  const port = request.socket.remotePort as number;
  const one = sent.get(port);
  if (!one) return void response.writeHead(500).end("nobody sent this request");
  let body = "";
  try {
    for await (const chunk of request) body += chunk;
  } catch {
    return; // its worker has crashed
  }
  sent.delete(port);
  one.seen({ key: request.headers["idempotency-key"] as string | undefined, body });
  const { act } = one;
  if (act === "reset") return void request.socket.resetAndDestroy();
  if (act === "hang") return one.hangs();
  const {
    status,
    headers = {},
    body: text = `${status}`,
  }: Reply = typeof act === "object" ? act : { status: typeof act === "number" ? act : 200 };
  response.writeHead(status, headers);
  if (act !== "broken" && act !== "stalled") return void response.end(text);
  response.write("the first half, ");
  setTimeout(() => (act === "broken" ? request.socket.resetAndDestroy() : one.hangs()), 2); // so that the half travels alone
}

/** One that was free a moment ago, on which nobody listens. */
async function closedPort(): Promise<number> {
  const listener = createListener();
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const { port } = listener.address() as AddressInfo;
  await new Promise((done) => listener.close(done));
  return port;
}
