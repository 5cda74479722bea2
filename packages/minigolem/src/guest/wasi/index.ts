import type { GuestContext, Imports } from "../context.js";
import { cli } from "./cli.js";
import { clocks } from "./clocks.js";
import { filesystem } from "./filesystem.js";
import { http } from "./http.js";
import { io } from "./io.js";
import { keyvalue } from "./keyvalue.js";
import { logging } from "./logging.js";
import { random } from "./random.js";
import { sockets } from "./sockets.js";

/** WASI 0.2 as minigolem offers it, with wasi:keyvalue and wasi:logging, for one instance. */
export function wasiImports(context: GuestContext): Imports {
  const streams = io(context);
  return {
    ...streams.imports,
    ...clocks(context, streams),
    ...random(context),
    ...cli(context, streams),
    ...http(context, streams),
    ...filesystem(context, streams),
    ...keyvalue(context, streams),
    ...logging(context),
    ...sockets(context),
  };
}
