import { type Guest, retrying, retryingInPlace, setRetryPolicy, withRetryPolicy } from "golem-retry";
import { jittery, override, patient } from "./policies.js";

async function ask(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`upstream said ${response.status}`);
  return text;
}

export const api: Guest<typeof import("demo:component-exports/api")> = {
  step: (url) => retrying(patient, () => ask(url)),
  stepByPolicy: (url) => retrying(jittery, () => ask(url), { wait: "policy" }),
  inPlace: (url) => retryingInPlace(jittery, () => ask(url)),
  override(url) {
    setRetryPolicy(override);
    return ask(url);
  },
  scoped: (url) => withRetryPolicy(override, () => ask(url)),
  plain: ask,
  overlap: async (url) => (await Promise.all([ask(url), ask(url)])).join(" "),
  echo: (number) => number,
  parse: (text) => JSON.parse(text),
  async tryParse(text) {
    if (text === "") throw "nothing to parse"; // of a result: its err
    return JSON.parse(text);
  },
  clear() {
    throw new Error("nothing to clear");
  },
};
