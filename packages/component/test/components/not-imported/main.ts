import { getEnvironment } from "wasi:cli/environment@0.2.0";

export const api = { run: () => getEnvironment().join() };
