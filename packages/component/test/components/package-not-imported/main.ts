import { home } from "./package.js";

export const api = { run: home };
