/** Words that WIT keeps for itself: none can name a package or a world without an escape. */
const keywords =
  "as async bool borrow char constructor enum export f32 f64 flags from func future import include interface list option own package record resource result s16 s32 s64 s8 static stream string tuple type u16 u32 u64 u8 use variant with world".split(
    " ",
  );

/**
 * An app's name is that of its npm package, its WIT package and world, and its component.
 * @param taken names that the app cannot have because something else has them
 * @throws when one of these cannot have it
 */
export function assertName(name: string, taken: string[] = []): void {
  const what = `"${name}" cannot name an app`;
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name))
    throw new Error(`${what}: WIT takes words of a-z and 0-9 that begin with a letter, joined by "-", such as my-app`);
  if (keywords.includes(name)) throw new Error(`${what}: it is a keyword of WIT; take two words, such as my-${name}`);
  if (taken.includes(name)) throw new Error(`${what}: a package or a module of that name is in use; take another`);
}

/**
 * The text of an app's file with the app's name exchanged. A name of several words is the app wherever it is found. One
 * word may be just that: it is the app where it is quoted, part of a path, or follows `demo:`, `world`, `-w` or a
 * heading's `#`, and at the start of what a demo prints.
 */
export function renamed(text: string, from: string, to: string): string {
  const app = from.includes("-")
    ? new RegExp(`(?<![\\w-])${from}(?!\\w)`, "g")
    : new RegExp(
        `(?<=demo:|["'\`/]|\\bworld |^# |-w )${from}(?=$|[^\\w-]|-(?:exports|linked)\\b|-[0-9a-f]{8}\\b)|^${from}(?=[:/])`,
        "gm",
      );
  return text.replace(app, to);
}
