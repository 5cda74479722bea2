import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A service that answers 503 as often as it is told to, and then 200. */
export interface BenchUpstream {
  url: string;
  failNext(times: number): void;
  close(): void;
}

export async function startUpstream(): Promise<BenchUpstream> {
  let failures = 0;
  const server = createServer((_, response) => {
    response.statusCode = failures-- > 0 ? 503 : 200;
    response.end("answer");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    failNext(times) {
      failures = times;
    },
    close: () => server.close(),
  };
}
