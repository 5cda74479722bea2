import { before } from "./policy.js";

export const api = { run: () => `${before.maxAttempts}` };
