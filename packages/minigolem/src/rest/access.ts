import { hostname, networkInterfaces } from "node:os";
import type { FastifyInstance } from "fastify";
import { Refusal } from "./refusal.js";

/** What of a request says who asks. */
export interface Asking {
  method: string;
  /** The `Host` header. */
  host: string | undefined;
  /** The `Origin` header: browsers send it with whatever may change something, and for WebSockets. */
  origin: string | undefined;
  /** The headers `Sec-Fetch-Site` and `Sec-Fetch-Mode`, which pages cannot set. */
  site: string | undefined;
  mode: string | undefined;
  /** The address it comes from. */
  from: string | undefined;
}

export interface AccessRules {
  /** Names and addresses by which the server may be asked, in lower case, without brackets. */
  names: ReadonlySet<string>;
  /** Whether those who ask from another machine may change anything. */
  remoteWrites: boolean;
}

/** Of a server that listens on an address: itself, the loopback, and for one that listens on all, all of this machine's. */
export function namesFor(listening: string): Set<string> {
  const names = new Set(["localhost", "127.0.0.1", "::1", listening.toLowerCase()]);
  if (!isEverywhere(listening)) return names;
  names.add(hostname().toLowerCase());
  for (const found of Object.values(networkInterfaces())) for (const { address } of found ?? []) names.add(address);
  return names;
}

export const isEverywhere = (address: string): boolean => address === "0.0.0.0" || address === "::";

/** @returns whether nobody but this machine can reach it */
export const isLoopback = (address: string): boolean =>
  address === "localhost" || address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);

/** @returns why a request is refused, or undefined */
export function refusedBecause({ method, host, origin, site, mode, from }: Asking, rules: AccessRules) {
  const name = host === undefined ? undefined : /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host.toLowerCase());
  const asked = name?.[1] ?? name?.[2];
  if (asked === undefined || !rules.names.has(asked))
    return `minigolem does not answer for the host ${JSON.stringify(host ?? "")}: use the address that it listens on`;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`)
    return `minigolem answers no page of another origin (${JSON.stringify(origin)})`;
  const reads = method === "GET" || method === "HEAD";
  const follows = reads && mode === "navigate"; // a link to it may stand anywhere
  if ((site === "cross-site" || site === "same-site") && !follows)
    return "minigolem answers no page of another origin (Sec-Fetch-Site)";
  if (!reads && !rules.remoteWrites && !isLoopback(from ?? ""))
    return "minigolem is read-only for other machines: start it with --remote-writes to let them change things";
  return undefined;
}

/** Refuses, before anything of a request is read, who should not ask. */
export function guardAccess(app: FastifyInstance, rules: AccessRules): void {
  app.addHook("onRequest", (request, _, done) => {
    const { headers } = request;
    const text = (name: string) => headers[name]?.toString();
    const why = refusedBecause(
      {
        method: request.method,
        host: headers.host,
        origin: text("origin"),
        site: text("sec-fetch-site"),
        mode: text("sec-fetch-mode"),
        from: request.socket.remoteAddress,
      },
      rules,
    );
    done(why === undefined ? undefined : new Refusal(403, { error: why }));
  });
}
