/** What one worker may use. One that wants more traps with a message that names the limit. */
export interface Limits {
  /** Bytes of linear memory, all memories of the worker together. Beyond them `memory.grow` fails, as WebAssembly has it. */
  memory: number;
  /** Bytes of the oplog, log messages included. */
  oplog: number;
  /** HTTP requests whose answer is not complete. */
  requests: number;
  /** Open files. */
  files: number;
}

/** Each is some ten times what the largest worker of this repository uses. */
export const defaultLimits: Limits = { memory: 512 << 20, oplog: 256 << 20, requests: 256, files: 256 };

/** Bytes as a person reads them. */
export const inMiB = (bytes: number): string => `${Math.round(bytes / (1 << 20))} MiB`;
