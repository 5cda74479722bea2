import { initialCwd } from "wasi:cli/environment@0.2.0";

export const home = () => initialCwd() ?? "";
