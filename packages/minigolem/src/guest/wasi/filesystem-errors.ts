/** Node's names for what went wrong, as `wasi:filesystem/types` error-code has them. */
const codes: Record<string, string> = {
  EACCES: "access",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EINVAL: "invalid",
  EISDIR: "is-directory",
  ELOOP: "loop",
  ENAMETOOLONG: "name-too-long",
  ENOENT: "no-entry",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  EPERM: "not-permitted",
  EROFS: "read-only",
  EXDEV: "cross-device",
};

/** Does it, with a failure as the error-code that the component gets. */
export function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException)?.code;
    throw code === undefined ? error : (codes[code] ?? "io");
  }
}
