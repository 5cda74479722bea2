import * as fs from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { OverLimit } from "../signals.js";
import { attempt } from "./filesystem-errors.js";
import { openFiles, type WorkerFolder } from "./filesystem-folder.js";
import { type Datetime, type DescriptorType, datetime, inSeconds, statOf, typeOf } from "./filesystem-stat.js";

type NewTimestamp = { tag: "no-change" } | { tag: "now" } | { tag: "timestamp"; val: Datetime };
type PathFlags = { symlinkFollow?: boolean };
type OpenFlags = { create?: boolean; directory?: boolean; exclusive?: boolean; truncate?: boolean };
type DescriptorFlags = { read?: boolean; write?: boolean; mutateDirectory?: boolean };
type Times = { dataAccessTimestamp: Datetime; dataModificationTimestamp: Datetime };

/** `wasi:filesystem/types` descriptor: an open file, or a folder. */
export class Descriptor {
  #fd: number | undefined;
  /** @param path in the folder, or undefined: the folder itself, which is made when it is first used */
  constructor(
    readonly folder: WorkerFolder,
    readonly path: string | undefined,
    readonly flags: DescriptorFlags,
    fd?: number,
  ) {
    this.#fd = fd;
    if (fd !== undefined) openFiles.add(fd);
  }

  /** Where it is. A folder on the way, or it itself, may have been renamed since, and a link put in its place. */
  get #at(): string {
    const { path } = this;
    if (path === undefined) return this.folder.root;
    if (attempt(() => fs.realpathSync(path)) !== path) throw "no-entry";
    return path;
  }
  get #file(): number {
    if (this.#fd === undefined) throw "is-directory";
    return this.#fd;
  }
  get #writable(): number {
    const fd = this.#file;
    if (!this.flags.write) throw "bad-descriptor";
    return fd;
  }

  /** A path below this folder; what leads out of the worker's folder is refused. */
  #resolve(path: string, follow: boolean): string {
    if (path.startsWith("/")) throw "not-permitted";
    if (path.includes("\0")) throw "invalid";
    if (this.#fd !== undefined) throw "not-directory";
    const target = resolve(this.#at, path);
    if (!this.folder.has(target)) throw "not-permitted";
    if (target === this.folder.root) return target;
    const parent = attempt(() => fs.realpathSync(dirname(target)));
    if (!this.folder.has(parent)) throw "not-permitted";
    const actual = join(parent, target.slice(dirname(target).length + 1));
    if (!follow || !fs.lstatSync(actual, { throwIfNoEntry: false })?.isSymbolicLink()) return actual;
    const linked = attempt(() => fs.realpathSync(actual));
    if (!this.folder.has(linked)) throw "not-permitted";
    return linked;
  }

  readViaStream(offset: bigint) {
    const fd = this.#file;
    let at = offset;
    const stream = new this.folder.io.InputStream();
    stream.read = (length: bigint) => {
      const bytes = new Uint8Array(Number(length > 65_536n ? 65_536n : length));
      const count = attempt(() => fs.readSync(fd, bytes, 0, bytes.length, at));
      if (count === 0 && bytes.length > 0) throw { tag: "closed" };
      at += BigInt(count);
      return bytes.slice(0, count);
    };
    return stream;
  }
  writeViaStream(offset: bigint) {
    const fd = this.#writable;
    let at = Number(offset);
    return new this.folder.io.OutputStream({
      write(bytes) {
        at += attempt(() => fs.writeSync(fd, bytes, 0, bytes.length, at));
      },
    });
  }
  appendViaStream() {
    const fd = this.#writable;
    return new this.folder.io.OutputStream({
      write: (bytes) => void attempt(() => fs.writeSync(fd, bytes, 0, bytes.length, fs.fstatSync(fd).size)),
    });
  }
  advise(): void {}
  syncData(): void {}
  sync(): void {}
  getFlags(): DescriptorFlags {
    return this.flags;
  }
  getType(): DescriptorType {
    return this.#fd === undefined ? "directory" : "regular-file";
  }
  setSize(size: bigint): void {
    attempt(() => fs.ftruncateSync(this.#writable, Number(size)));
  }
  setTimes(access: NewTimestamp, modification: NewTimestamp): void {
    this.#change(this.#fd ?? this.#at, access, modification);
  }
  setTimesAt(flags: PathFlags, path: string, access: NewTimestamp, modification: NewTimestamp): void {
    this.#change(this.#resolve(path, flags.symlinkFollow ?? false), access, modification);
  }
  #change(what: string | number, access: NewTimestamp, modification: NewTimestamp): void {
    const old = attempt(() => statOf(what));
    const time = (to: NewTimestamp, before: bigint): Datetime =>
      to.tag === "no-change"
        ? datetime(before)
        : to.tag === "now"
          ? datetime(this.folder.context.clock.wall())
          : to.val;
    this.#setTimes(what, time(access, old.atimeNs), time(modification, old.mtimeNs));
  }
  #setTimes(what: string | number, access: Datetime, modification: Datetime): void {
    const set = typeof what === "number" ? fs.futimesSync : fs.lutimesSync;
    attempt(() => set(what as never, inSeconds(access), inSeconds(modification)));
  }
  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const bytes = new Uint8Array(Number(length > 1n << 20n ? 1n << 20n : length));
    const count = attempt(() => fs.readSync(this.#file, bytes, 0, bytes.length, offset));
    return [bytes.slice(0, count), count < bytes.length];
  }
  write(bytes: Uint8Array, offset: bigint): bigint {
    return BigInt(attempt(() => fs.writeSync(this.#writable, bytes, 0, bytes.length, Number(offset))));
  }
  readDirectory(): DirectoryEntryStream {
    const entries = attempt(() => fs.readdirSync(this.#at, { withFileTypes: true }));
    return new DirectoryEntryStream(entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
  createDirectoryAt(path: string): void {
    attempt(() => fs.mkdirSync(this.#resolve(path, false)));
  }
  stat() {
    return this.#stat("stat", this.path ?? this.folder.root, this.#fd ?? this.#at);
  }
  statAt(flags: PathFlags, path: string) {
    const target = this.#resolve(path, flags.symlinkFollow ?? false);
    return this.#stat("stat_at", target, target);
  }
  #stat(name: string, path: string, what: string | number) {
    const stat = attempt(() => statOf(what));
    const { journal } = this.folder.context;
    const { live } = journal;
    const times = journal.durable<Times>(
      `filesystem::types::descriptor::${name}`,
      "ReadLocal",
      relative(this.folder.root, path),
      () => ({ dataAccessTimestamp: datetime(stat.atimeNs), dataModificationTimestamp: datetime(stat.mtimeNs) }),
    );
    if (!live) this.#setTimes(what, times.dataAccessTimestamp, times.dataModificationTimestamp);
    return { type: typeOf(stat), linkCount: stat.nlink, size: stat.size, ...times, statusChangeTimestamp: undefined };
  }
  linkAt(flags: PathFlags, path: string, to: Descriptor, newPath: string): void {
    attempt(() => fs.linkSync(this.#resolve(path, flags.symlinkFollow ?? false), to.#resolve(newPath, false)));
  }
  openAt(flags: PathFlags, path: string, how: OpenFlags, wanted: DescriptorFlags): Descriptor {
    const target = this.#resolve(path, flags.symlinkFollow ?? false);
    const there = fs.lstatSync(target, { throwIfNoEntry: false });
    if (there?.isSymbolicLink()) throw "loop";
    if (there?.isDirectory()) {
      if (how.exclusive) throw "exist";
      return new Descriptor(this.folder, target, wanted);
    }
    if (how.directory) throw there ? "not-directory" : "no-entry";
    const { limits } = this.folder.context;
    if (openFiles.size >= limits.files)
      throw new OverLimit(
        `has ${limits.files} files open, the most that a worker may have`,
        "close a file before the next is opened",
      );
    const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_RDWR, O_TRUNC } = fs.constants;
    const mode =
      O_NOFOLLOW |
      (wanted.write ? O_RDWR : O_RDONLY) |
      (how.create ? O_CREAT : 0) |
      (how.exclusive ? O_EXCL : 0) |
      (how.truncate ? O_TRUNC : 0);
    return new Descriptor(
      this.folder,
      target,
      wanted,
      attempt(() => fs.openSync(target, mode, 0o600)),
    );
  }
  readlinkAt(path: string): string {
    return attempt(() => fs.readlinkSync(this.#resolve(path, false)));
  }
  removeDirectoryAt(path: string): void {
    attempt(() => fs.rmdirSync(this.#resolve(path, false)));
  }
  renameAt(path: string, to: Descriptor, newPath: string): void {
    attempt(() => fs.renameSync(this.#resolve(path, false), to.#resolve(newPath, false)));
  }
  symlinkAt(target: string, path: string): void {
    if (target.startsWith("/")) throw "not-permitted";
    if (target.includes("\0")) throw "invalid";
    attempt(() => fs.symlinkSync(target, this.#resolve(path, false)));
  }
  unlinkFileAt(path: string): void {
    attempt(() => fs.unlinkSync(this.#resolve(path, false)));
  }
  isSameObject(other: Descriptor): boolean {
    return this.path === other.path;
  }
  metadataHash() {
    return this.#hash(this.path ?? this.folder.root, this.#fd ?? this.#at);
  }
  metadataHashAt(flags: PathFlags, path: string) {
    const target = this.#resolve(path, flags.symlinkFollow ?? false);
    return this.#hash(target, target);
  }
  #hash(path: string, what: string | number): { lower: bigint; upper: bigint } {
    const { size } = attempt(() => statOf(what));
    const name = [...relative(this.folder.root, path)].reduce(
      (sum, c) => (sum * 31n + BigInt(c.codePointAt(0) ?? 0)) % (1n << 63n),
      7n,
    );
    return { lower: name, upper: size };
  }
  [Symbol.dispose](): void {
    if (this.#fd !== undefined && openFiles.delete(this.#fd)) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** `wasi:filesystem/types` directory-entry-stream. */
export class DirectoryEntryStream {
  constructor(readonly entries: fs.Dirent[]) {}
  readDirectoryEntry(): { type: DescriptorType; name: string } | undefined {
    const entry = this.entries.shift();
    return entry && { type: typeOf(entry), name: entry.name };
  }
  [Symbol.dispose](): void {}
}
