import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { callsASecond } from "./measure.js";
import { median, timed } from "./timing.js";
import type { BenchUpstream } from "./upstream.js";

/**
 * What a bare server takes for the part of a figure that no engine on Node can leave out, by the figure's name and in its unit.
 * @param cache of minigolem, which knows this component alone
 */
export async function measureFloors(
  wasm: Uint8Array<ArrayBuffer>,
  cache: string,
  upstream: BenchUpstream,
): Promise<Record<string, number>> {
  const [component] = readdirSync(join(cache, "minigolem"));
  if (!component) throw new Error(`minigolem has kept no component in ${cache}`);
  const program = fileURLToPath(new URL("./bare.ts", import.meta.url));
  const server = fork(program, [join(cache, "minigolem", component), upstream.url]);
  try {
    const [port] = await once(server, "message");
    const ask = (what: string, body?: Uint8Array) => post(port, what, body);
    await ask("call/0");
    const upload = await timed(() => ask("upload", wasm));
    const often = (what: string, times: number) => median(times, () => timed(() => ask(what)));
    await ask("attempt");
    return {
      "upload and first call of an unseen component": await timed(() => ask("translate", wasm)),
      "upload and first call of a seen component": upload,
      "first call of a new worker": await often("begin", 20),
      "warm call after 100 calls": await often("call/0", 100),
      "failed attempt and recovery": await often("attempt", 20),
      "calls with 4 workers": await callsASecond([0, 1, 2, 3].map((thread) => () => ask(`call/${thread}`))),
    };
  } finally {
    server.disconnect();
  }
}

/** By Node's own HTTP client, as golem-client does it. */
async function post(port: number, what: string, body?: Uint8Array): Promise<void> {
  const sent = request({ host: "127.0.0.1", port, path: `/${what}`, method: "POST" }).end(body);
  const [answer]: IncomingMessage[] = await once(sent, "response");
  let problem = "";
  answer?.setEncoding("utf8").on("data", (part) => {
    problem += part;
  });
  if (answer) await once(answer, "end");
  if (answer?.statusCode !== 200) throw new Error(`the bare server cannot do ${what}: ${problem}`);
}
