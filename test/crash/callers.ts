import { setTimeout as pause } from "node:timers/promises";
import type { ServerProcess } from "../../packages/minigolem/test/server-process.js";

/** Functions of a component, on a server that is killed all the time. */
export interface Address {
  component: string;
  /** Interface of the functions. */
  site: string;
}

/** A call, and what is to be its answer, if that is known. */
export interface Planned {
  worker: string;
  function: string;
  params: unknown[];
  expected?: string;
}

/** Calls one after the other, each until it is answered, and asks for earlier answers again. */
export class Caller {
  readonly answers = new Map<string, string>();
  readonly #server: ServerProcess;
  readonly #address: Address;
  readonly #plan: (n: number) => Planned;
  readonly #name: string;

  constructor(server: ServerProcess, address: Address, name: string, plan: (n: number) => Planned) {
    this.#server = server;
    this.#address = address;
    this.#name = name;
    this.#plan = plan;
  }

  /** @param random in [0, 1), to choose the answer that is asked for again */
  async callUntil(over: () => boolean, random: () => number): Promise<void> {
    for (let n = 1; !over(); n++) {
      await this.#answered(n);
      await this.#answered(1 + Math.floor(random() * n));
    }
  }

  /** All keys once more. */
  async askAgain(): Promise<void> {
    for (let n = 1; n <= this.answers.size; n++) await this.#answered(n);
  }

  async #answered(n: number): Promise<void> {
    const planned = this.#plan(n);
    const key = `${this.#name}-${n}`;
    const answer = await this.#ask(planned, key);
    const expected = this.answers.get(key) ?? planned.expected ?? answer;
    if (answer !== expected)
      throw new Error(`${planned.worker} answered ${key}, ${planned.function}, with ${answer}; expected ${expected}`);
    this.answers.set(key, answer);
  }

  /** A connection that breaks, or is refused, is what a kill does; a worker that waits for its retry is asked later. */
  async #ask({ worker, function: name, params }: Planned, key: string): Promise<string> {
    const { component, site } = this.#address;
    const path = `/v1/components/${component}/workers/${worker}/invoke-and-await?function=${encodeURIComponent(`${site}.{${name}}`)}`;
    const headers = { "content-type": "application/json", "idempotency-key": key };
    const body = JSON.stringify({ params: params.map((value) => ({ value })) });
    const patience = performance.now() + 120_000;
    let last = "";
    while (performance.now() < patience) {
      try {
        const response = await fetch(this.#server.url + path, { method: "POST", headers, body });
        const text = await response.text();
        if (response.ok) return JSON.stringify(JSON.parse(text).result.value[0]);
        last = text;
        const status = await this.#status(worker);
        if (status !== "Retrying" && status !== "Running") throw new Error(`${worker} is ${status} and says: ${text}`);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // of fetch: no connection, or one that broke
      }
      await pause(10);
    }
    throw new Error(`${worker} can't be called any more: ${key}, ${name}, got no answer in two minutes; last: ${last}`);
  }

  async #status(worker: string): Promise<string> {
    const response = await fetch(`${this.#server.url}/v1/components/${this.#address.component}/workers/${worker}`);
    return ((await response.json()) as { status: string }).status;
  }
}
