/**
 * Looks at the workers of a Golem server in a browser: {@link serveConsole}. The command `golem-console` has the terminal's side.
 * @module golem-console
 */

export { type Console, type ConsoleOptions, serveConsole, webFolder } from "./server/serve.js";
