import type { LogLevel } from "../../oplog/entries.js";
import type { GuestContext, Imports } from "../context.js";

/** Offers wasi:logging. Like Golem 1.2, it writes a `Log` entry for each message, and none in replay. */
export const logging = ({ journal }: GuestContext): Imports => ({
  "wasi:logging/logging": {
    log(level: string, context: string, message: string): void {
      journal.log((level.charAt(0).toUpperCase() + level.slice(1)) as LogLevel, context, message);
    },
  },
});
