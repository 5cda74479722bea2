import { setTimeout as pause } from "node:timers/promises";
import { GolemFault } from "../../packages/minigolem/dist/fault.js";
import { Crash } from "./crashed.js";
import { normal, story } from "./normal.js";
import type { Run } from "./run.js";
import type { Call } from "./scenario.js";

/** Real milliseconds until a caller whose call was refused asks again: virtual time does not wait for this. */
const patience = 4;

/** Asks until there is an answer, as a client does whose connection breaks. */
export async function call(run: Run, { function: name, params }: Call, key: string): Promise<string> {
  while (!run.over) {
    await run.revived;
    const { life } = run;
    try {
      const crashed = life.died.then(() => Promise.reject(new Crash()));
      crashed.catch(() => {});
      const { response } = await Promise.race([invoke(run, name, params, key), crashed]);
      return normal(response?.value ?? null, run.base);
    } catch (error) {
      if (error instanceof Crash || life.dead) await run.after(life);
      else if (!(error instanceof GolemFault)) throw error;
      else {
        const { status, lastError } = run.metadata();
        if (status !== "Retrying") return story(error, lastError);
        await pause(patience);
      }
    }
  }
  throw new Crash();
}

function invoke(run: Run, name: string, params: unknown[], key: string) {
  const [site] = run.workers.exports(run.component, run.name);
  const found = site && "functions" in site ? site.functions.find((one) => one.name === name) : undefined;
  if (!found) throw new Error(`${run.scenario.name}: the component exports no function ${name}`);
  const given = JSON.parse(JSON.stringify(params).replaceAll("upstream", run.base)) as unknown[];
  return run.workers.invoke(run.component, run.name, {
    functionName: `${site?.name}.{${name}}`,
    idempotencyKey: key,
    request: found.parameters.map(({ typ }, i) => ({ typ, value: given[i] ?? null })),
  });
}
