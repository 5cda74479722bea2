import * as fs from "node:fs";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GuestContext } from "../src/guest/context.js";
import { filesystem } from "../src/guest/wasi/filesystem.js";
import { defaultLimits } from "../src/limits.js";

interface Folder {
  openAt(flags: object, path: string, how: object, wanted: object): Folder;
  readDirectory(): { readDirectoryEntry(): { name: string } | undefined };
  createDirectoryAt(path: string): void;
  removeDirectoryAt(path: string): void;
  unlinkFileAt(path: string): void;
  renameAt(path: string, to: Folder, newPath: string): void;
  linkAt(flags: object, path: string, to: Folder, newPath: string): void;
  symlinkAt(target: string, path: string): void;
  readlinkAt(path: string): string;
  stat(): { size: bigint };
  statAt(flags: object, path: string): { size: bigint };
  setTimes(access: object, modification: object): void;
  setTimesAt(flags: object, path: string, access: object, modification: object): void;
  metadataHash(): { upper: bigint };
  metadataHashAt(flags: object, path: string): unknown;
  read(length: bigint, offset: bigint): [Uint8Array, boolean];
  write(bytes: Uint8Array, offset: bigint): bigint;
}

let host: string;
let root: Folder;

beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), "minigolem-sandbox-"));
  mkdirSync(join(host, "secrets", "deep"), { recursive: true });
  writeFileSync(join(host, "secrets", "key"), "secret");
  writeFileSync(join(host, "secrets", "deep", "key"), "secret");
  const context = {
    clock: { wall: () => 1_700_000_000_000_000_000n },
    journal: { live: true, durable: (_: string, __: string, ___: unknown, act: () => unknown) => act() },
    limits: defaultLimits,
    worker: { files: join(host, "files", "1") },
  } as unknown as GuestContext;
  const imports = filesystem(context, { InputStream: class {}, OutputStream: class {} } as never);
  root = (
    imports["wasi:filesystem/preopens"] as { getDirectories(): [Folder, string][] }
  ).getDirectories()[0]?.[0] as Folder;
  root.createDirectoryAt("own");
});
afterEach(() => {
  expect(readFileSync(join(host, "secrets", "key"), "utf8")).toBe("secret");
  expect(readdirSync(join(host, "secrets")).sort()).toEqual(["deep", "key"]);
  rmSync(host, { recursive: true });
});

const follow = { symlinkFollow: true };
const all = { read: true, write: true, mutateDirectory: true };
const now = { tag: "now" };
const names = (folder: Folder) => {
  const entries = folder.readDirectory();
  const found: string[] = [];
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) found.push(entry.name);
  return found;
};
/** The error-code that it ends with. */
const code = (act: () => unknown): unknown => {
  try {
    return { got: act() };
  } catch (error) {
    return error;
  }
};

/** Everything that takes a path. */
const doors: Record<string, (folder: Folder, path: string) => unknown> = {
  read: (folder, path) => folder.openAt(follow, path, {}, { read: true }).read(9n, 0n),
  create: (folder, path) => folder.openAt(follow, path, { create: true, truncate: true }, all),
  list: (folder, path) => names(folder.openAt(follow, path, { directory: true }, all)),
  stat: (folder, path) => folder.statAt(follow, path),
  touch: (folder, path) => folder.setTimesAt(follow, path, now, now),
  hash: (folder, path) => folder.metadataHashAt(follow, path),
  "make a folder": (folder, path) => folder.createDirectoryAt(`${path}/new`),
  "remove a folder": (folder, path) => folder.removeDirectoryAt(`${path}/deep`),
  unlink: (folder, path) => folder.unlinkFileAt(`${path}/key`),
  "move in": (folder, path) => folder.renameAt(`${path}/key`, folder, "mine"),
  "move out": (folder, path) => folder.renameAt("own", folder, `${path}/yours`),
  "link in": (folder, path) => folder.linkAt(follow, `${path}/key`, folder, "mine"),
  "link out": (folder, path) => folder.symlinkAt("x", `${path}/link`),
  "read a link": (folder, path) => folder.readlinkAt(`${path}/link`),
};
const refused = /^(not-permitted|no-entry|loop|invalid|not-directory|exist)$/;

describe("no way leads out of a worker's folder", () => {
  describe.each(Object.entries(doors))("to %s", (_, door) => {
    test.each([
      "../../secrets",
      "../../secrets/key",
      "/etc",
      "own/../../../secrets",
      "..",
      "a\0b",
      "own/../../1/../../secrets",
    ])("%j", (path) => expect(code(() => door(root, path))).toMatch(refused));
    test.each(["../../secrets", "../../secrets/key", "own/../../../secrets", "."])("by a link to %j", (target) => {
      root.symlinkAt(target, "link");
      if (target !== ".") expect(code(() => door(root, "link"))).toMatch(refused);
      expect(code(() => door(root, "link/../../secrets"))).toMatch(refused);
    });
    test("by a link to a link", () => {
      root.symlinkAt("../../secrets", "one");
      root.symlinkAt("one", "two");
      expect(code(() => door(root, "two"))).toMatch(refused);
    });
    test("by a folder that was renamed, with a link in its place", () => {
      const own = root.openAt({}, "own", { directory: true }, all);
      root.renameAt("own", root, "moved");
      root.symlinkAt("../../secrets", "own");
      for (const path of ["key", ".", "deep"])
        expect(
          code(() => door(own, path)),
          path,
        ).toMatch(refused);
    });
    test("by a folder within one that was renamed", () => {
      root.createDirectoryAt("own/deep");
      const deep = root.openAt({}, "own/deep", { directory: true }, all);
      root.renameAt("own", root, "moved");
      root.symlinkAt("../../secrets", "own");
      for (const path of ["key", "."])
        expect(
          code(() => door(deep, path)),
          path,
        ).toMatch(refused);
    });
  });

  test("to list, look at or touch what stands in an open folder's place", () => {
    const own = root.openAt({}, "own", { directory: true }, all);
    root.renameAt("own", root, "moved");
    root.symlinkAt("../../secrets", "own");
    for (const act of [() => names(own), () => own.stat(), () => own.setTimes(now, now), () => own.metadataHash()])
      expect(code(act)).toBe("no-entry");
  });

  test("an open file stays that file, whatever is put in its place", () => {
    root.createDirectoryAt("own/deep");
    const file = root.openAt({}, "own/deep/key", { create: true }, all);
    file.write(new TextEncoder().encode("mine"), 0n);
    root.renameAt("own", root, "moved");
    root.symlinkAt("../../secrets", "own");
    const before = fs.statSync(join(host, "secrets", "deep", "key")).mtimeMs;
    file.setTimes(now, now);
    expect(file.stat().size).toBe(4n);
    expect(file.metadataHash().upper).toBe(4n);
    expect(new TextDecoder().decode(file.read(9n, 0n)[0])).toBe("mine");
    expect(fs.statSync(join(host, "secrets", "deep", "key")).mtimeMs).toBe(before);
  });

  test.each(["/etc/passwd", "a\0b"])("a link to %j is not made", (target) =>
    expect(code(() => root.symlinkAt(target, "link"))).toMatch(refused),
  );
});
