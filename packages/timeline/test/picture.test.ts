import fc from "fast-check";
import { expect, test } from "vitest";
import { svgOf, textOf, timelineOf } from "../src/index.js";
import type { Box } from "../src/svg/canvas.js";
import { pictureOf } from "../src/svg/svg.js";
import { anyLog } from "./any-log.js";
import { get, invoked, type Line, log, policy, stderr, trap } from "./log.js";

const defaultPolicy = { retries: 3, minDelay: 100, maxDelay: 1000, multiplier: 3, jitter: 0.15 };
const title = "a picture with a title that is too long for a narrow page, and still has to be cut somewhere";

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Pairs of texts that cover each other, and texts that are cut at the picture's edge. */
function faults({ boxes, width, height }: ReturnType<typeof pictureOf>): string[] {
  const cut = boxes.filter(({ x, y, ...box }) => x < 0 || y < 0 || x + box.width > width || y + box.height > height);
  const covered = boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`"${a.text}" over "${b.text}"`] : [])),
  );
  return [...cut.map(({ text }) => `"${text}" is cut`), ...covered];
}

test("no label covers another or leaves the picture, whatever is on record and however wide it is", () => {
  fc.assert(
    fc.property(anyLog, fc.constantFrom(320, 480, 640, 840, 1600), (entries, width) => {
      const timeline = timelineOf(entries, { defaultPolicy });
      expect(faults(pictureOf(timeline, { title, width }))).toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test("the check finds labels that overlap, and labels that are cut", () => {
  const box = { y: 10, width: 50, height: 12 };
  const boxes = [
    { ...box, x: 0, text: "a" },
    { ...box, x: 40, text: "b" },
    { ...box, x: 80, text: "c" },
  ];
  expect(faults({ svg: "", width: 120, height: 40, boxes })).toEqual(['"c" is cut', '"a" over "b"', '"b" over "c"']);
});

test("text keeps to its width, and to ASCII where it must", () => {
  fc.assert(
    fc.property(anyLog, fc.integer({ min: 40, max: 160 }), (entries, width) => {
      const timeline = timelineOf(entries, { defaultPolicy });
      const text = textOf(timeline, { title, width, colors: false, ascii: true });
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    }),
  );
});

/** A worker that fails and recovers for long. */
const long = log(
  [0, "Create"],
  ...Array.from({ length: 770 }, (_, i): Line[] => [
    invoked(i * 1000, "fetch", `k${i}`),
    policy(i * 1000 + 1, i % 9, "250ms", "10s", 2),
    ...get(i * 1000 + 2, `/orders/${i}`, 503),
    stderr(i * 1000 + 9, "failure\n"),
    trap(i * 1000 + 10),
    trap(i * 1000 + 300),
    ...get(i * 1000 + 602, `/orders/${i}`, 200).slice(0, 2),
    [i * 1000 + 620, "ExportedFunctionCompleted"],
  ]).flat(),
);

test("10,000 entries are drawn within a second of computing", () => {
  expect(long.length).toBeGreaterThan(9_900);
  const times = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage(); // not the clock's: the machine may be busy
    const timeline = timelineOf(long, { defaultPolicy });
    expect(svgOf(timeline, { title })).toContain("earlier calls not shown");
    expect(textOf(timeline).length).toBeGreaterThan(5000);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  expect(Math.min(...times)).toBeLessThan(1000);
}, 60_000);

test("marks have the index of their entry, and lead where they are told to", () => {
  const timeline = timelineOf(long.slice(0, 40), { defaultPolicy });
  const svg = svgOf(timeline, { title, link: (index) => `#entry-${index}` });
  expect(svg).toContain('<a href="#entry-2"');
  expect(svg).toContain('data-oplog-index="2"');
  expect(svg).toContain('role="group"');
  expect(svgOf(timeline, { title })).not.toContain("<a ");
});

test("a wait that dwarfs the rest breaks the axis, and short ones are drawn to scale", () => {
  const waits = (ms: number) =>
    log(
      [0, "Create"],
      invoked(0, "a"),
      policy(1, 5, "1s", "10h", 2),
      ...get(2, "/x", 503),
      trap(10),
      trap(1010),
      trap(1010 + ms),
      [2020 + ms, "NoOp"],
      [2030 + ms, "ExportedFunctionCompleted"],
    );
  const broken = svgOf(timelineOf(waits(36e5), { defaultPolicy }), { title });
  expect(broken).toContain('class="zigzag"');
  expect(broken).toMatch(/>1 h<\/text>/);
  expect(svgOf(timelineOf(waits(2000), { defaultPolicy }), { title })).not.toContain('class="zigzag"');
});

/** WCAG 2.2, 1.4.3 and 1.4.11. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const mixed = (top: string, bottom: string, share: number) =>
  `#${[1, 3, 5]
    .map((at) => {
      const [a, b] = [top, bottom].map((color) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number];
      return Math.round(a * share + b * (1 - share))
        .toString(16)
        .padStart(2, "0");
    })
    .join("")}`;

test.each(["light", "dark"] as const)("%s: text and marks stand out, whatever policy is behind them", (theme) => {
  const svg = svgOf(timelineOf([], { defaultPolicy }), { title, theme, id: "one" });
  const colors = Object.fromEntries(
    [...svg.matchAll(/--(\w+):(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
  );
  const of = (name: string) => colors[name] as string;
  const washes = [0, 1, 2, 3, 4, 5].map((i) => mixed(of(`p${i}`), of("ground"), 0.32));
  for (const ground of [of("ground"), ...washes]) {
    for (const text of ["ink", "dim", "good", "warn", "bad"])
      expect(contrast(of(text), ground), `${text} on ${ground}`).toBeGreaterThan(4.5);
    expect(contrast(of("run"), ground)).toBeGreaterThan(3);
  }
  for (const i of [0, 1, 2, 3, 4, 5]) expect(contrast(of("ink"), of(`p${i}`)), `a name on p${i}`).toBeGreaterThan(4.5);
  expect(contrast(of("ink"), of("note"))).toBeGreaterThan(4.5);
});

test("a theme is one of its own, or the reader's, and holds for one picture only", () => {
  const timeline = timelineOf([], { defaultPolicy });
  expect(svgOf(timeline, { title, theme: "auto", id: "one" })).toContain(
    "@media screen and (prefers-color-scheme:dark)",
  );
  expect(svgOf(timeline, { title, theme: "dark", id: "one" })).not.toContain("@media");
  expect(svgOf(timeline, { title, id: "one" })).toContain("#one{--ground");
});
