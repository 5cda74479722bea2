import { getRetryPolicy } from "golem:api/host@1.1.0";

const { maxAttempts } = getRetryPolicy();
const built = Date.now();

export const api = { run: () => `${maxAttempts} ${built}` };
