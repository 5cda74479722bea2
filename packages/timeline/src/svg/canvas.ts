/** A rectangle of the picture that a text takes up. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  text: string;
}

/** Makes text safe within markup. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\p{Cc}/gu, (c) => (/\s/.test(c) ? " " : "�"));

/** One decimal will do. */
export const n = (value: number): string => String(Math.round(value * 10) / 10);

const narrow = new Set("iljtfrI.,:;'|!()[]{}/\\ -`".split(""));
const wide = new Set("mwMW@%&×→≤".split(""));

/**
 * Estimates the width of a text in pixels. There is no font to measure with, so a letter counts as in DejaVu Sans, which is wide:
 * in the fonts that most readers have, there is a little more room.
 */
export function widthOf(text: string, size: number, bold = false): number {
  let ems = 0;
  for (const letter of text) {
    if (narrow.has(letter)) ems += 0.42;
    else if (wide.has(letter)) ems += 1;
    else if (letter > "\u2fff") ems += 1.1;
    else ems += /[A-Z]/.test(letter) || letter > "\u00ff" ? 0.76 : 0.64;
  }
  return ems * size * (bold ? 1.12 : 1);
}

/** Cuts a text so that it fits, with an ellipsis. */
export function fitted(text: string, pixels: number, size: number, bold = false): string {
  if (widthOf(text, size, bold) <= pixels) return text;
  const letters = [...text];
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join("").trimEnd()}…`, size, bold) <= pixels) low = middle;
    else high = middle - 1;
  }
  return low < 1 ? "" : `${letters.slice(0, low).join("").trimEnd()}…`;
}

/** Breaks a text at blanks into lines that fit. */
export function lines(text: string, pixels: number, size: number): string[] {
  const found: string[] = [];
  for (const word of text.split(" ")) {
    const last = found.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= pixels) found[found.length - 1] = `${last} ${word}`;
    else found.push(fitted(word, pixels, size));
  }
  return found;
}

/** How a text is set. */
export interface Type {
  class?: string;
  size?: number;
  anchor?: "start" | "middle" | "end";
  bold?: boolean;
  /** What a pointer shows that rests on it: the whole of a text that is cut. */
  whole?: string;
}

/** Collects marks, and where texts are. */
export class Canvas {
  readonly parts: string[] = [];
  readonly boxes: Box[] = [];

  add(markup: string): void {
    this.parts.push(markup);
  }

  /** Sets a text at a baseline. */
  text(x: number, y: number, text: string, { class: name, size = 12, anchor = "start", bold, whole }: Type = {}): void {
    if (text === "") return;
    const width = widthOf(text, size, bold);
    const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
    this.boxes.push({ x: left, y: y - size * 0.95, width, height: size * 1.2, text });
    const attributes = [
      `x="${n(x)}" y="${n(y)}"`,
      name && `class="${name}"`,
      size !== 12 && `font-size="${size}"`,
      anchor !== "start" && `text-anchor="${anchor}"`,
      bold && 'font-weight="600"',
    ].filter(Boolean);
    const title = whole && whole !== text ? `<title>${escaped(whole)}</title>` : "";
    this.add(`<text ${attributes.join(" ")}>${title}${escaped(text)}</text>`);
  }

  /** Whether a text would keep clear of all others. */
  free(x: number, y: number, width: number, size = 12): boolean {
    const top = y - size * 0.95;
    return !this.boxes.some(
      (box) =>
        box.x < x + width + 4 && x < box.x + box.width + 4 && box.y < top + size * 1.2 && top < box.y + box.height,
    );
  }

  rect(name: string, x: number, y: number, width: number, height: number, title = "", more = ""): void {
    const inner = title === "" ? "/>" : `><title>${escaped(title)}</title></rect>`;
    this.add(
      `<rect class="${name}" x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(height)}"${more}${inner}`,
    );
  }

  path(name: string, d: string, title = "", more = ""): void {
    const inner = title === "" ? "/>" : `><title>${escaped(title)}</title></path>`;
    this.add(`<path class="${name}" d="${d}"${more}${inner}`);
  }
}
