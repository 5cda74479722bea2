import { expect, test } from "vitest";
import { howFastPicture } from "../../bench/how-fast.ts";
import { page, type Results } from "../../bench/results.ts";
import { staleFigures, withFigures } from "./figures.js";

const of = (engine: string, warm: number): Results => ({
  engine,
  node: "v20.19.0",
  cores: 2,
  roundTrip: 0.5,
  figures: [
    { name: "warm call after 100 calls", unit: "ms", value: warm },
    { name: "calls with 4 workers", unit: "calls/s", value: 2000 / warm },
    { name: "build of a further component", unit: "ms", value: 4000 },
  ],
});

test("README and picture show the figures of the last run (renew with npm run docs)", () => {
  expect(staleFigures()).toEqual([]);
});

test("a server stands beside minigolem, with the ratio", () => {
  expect(page([of("minigolem", 2), of("Golem server", 18)])).toContain(
    "| warm call after 100 calls | 2.00 ms | 18.0 ms | 9.00 | < 2 ms |",
  );
  expect(page([of("minigolem", 2)])).toContain("| warm call after 100 calls | 2.00 ms | 4.00 | < 2 ms |");
});

test("a figure has its floor beside it", () => {
  const ours = { ...of("minigolem", 2), floors: { "calls with 4 workers": 3000 } };
  expect(page([ours])).toContain("| calls with 4 workers | 1000 calls/s |  | > 1000 calls/s | 3000 calls/s |");
  expect(page([ours])).toContain("| warm call after 100 calls | 2.00 ms | 4.00 | < 2 ms |  |");
});

test("the README's table has what a newcomer waits for, and the rest of the page stays", () => {
  const text = "before\n<!-- figures of bench/results.json -->\nold\n<!-- end of figures -->\nafter";
  const renewed = withFigures(text, [of("minigolem", 2)]);
  expect(renewed).toMatch(/^before\n.*\n\n!\[.*\n\n\| {2}\| minigolem/);
  expect(renewed).toContain("| warm call after 100 calls | 2.00 ms |");
  expect(renewed).not.toContain("calls with 4 workers");
  expect(renewed).toMatch(/\n<!-- end of figures -->\nafter$/);
});

test("the picture compares what both have, a longer bar for more time", () => {
  const svg = howFastPicture([of("minigolem", 2), of("Golem server", 18)]);
  const widths = [...svg.matchAll(/<rect x="330"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect(widths[1]).toBeGreaterThan(widths[0] as number);
  expect(svg).toContain("18 ms");
});
