import { getRetryPolicy, type RetryPolicy, setRetryPolicy } from "golem:api/host@1.1.0";
import { getEnvironment } from "wasi:cli/environment@0.2.0";

const patient: RetryPolicy = { maxAttempts: 5, minDelay: 500_000_000n, maxDelay: 10_000_000_000n, multiplier: 2 };

const upstream = () => new Map(getEnvironment()).get("UPSTREAM_URL");

async function fetchText(path: string): Promise<string> {
  const response = await fetch(`${upstream()}${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return text;
}

export const api = {
  async fetchWithFinally(path: string) {
    const before = getRetryPolicy();
    setRetryPolicy(patient);
    try {
      return await fetchText(path);
    } finally {
      setRetryPolicy(before);
    }
  },

  async fetchWithSuccess(path: string) {
    const before = getRetryPolicy();
    setRetryPolicy(patient);
    const text = await fetchText(path);
    setRetryPolicy(before);
    return text;
  },
};
