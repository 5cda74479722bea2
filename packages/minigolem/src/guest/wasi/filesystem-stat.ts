import * as fs from "node:fs";

export type DescriptorType = "directory" | "regular-file" | "symbolic-link" | "unknown";
export type Datetime = { seconds: bigint; nanoseconds: number };

const second = 1_000_000_000n;

/** In whole milliseconds: finer ones could not be set again. */
export const datetime = (ns: bigint): Datetime => {
  const rounded = ((ns + 500_000n) / 1_000_000n) * 1_000_000n;
  return { seconds: rounded / second, nanoseconds: Number(rounded % second) };
};

export const inSeconds = ({ seconds, nanoseconds }: Datetime) => Number(seconds) + nanoseconds / 1e9;

export const typeOf = (stat: fs.BigIntStats | fs.Dirent): DescriptorType =>
  stat.isDirectory()
    ? "directory"
    : stat.isFile()
      ? "regular-file"
      : stat.isSymbolicLink()
        ? "symbolic-link"
        : "unknown";

/** Of an open file, or of a path; a link is not followed. */
export const statOf = (what: string | number): fs.BigIntStats =>
  typeof what === "number" ? fs.fstatSync(what, { bigint: true }) : fs.lstatSync(what, { bigint: true });
