import fc from "fast-check";
import { expect, test } from "vitest";
import type { OplogEntry, OplogRegion } from "../src/oplog/entries.js";
import { Regions } from "../src/oplog/regions.js";

const most = 30;
const indices = Array.from({ length: most + 2 }, (_, i) => i);
const region = fc.record({ start: fc.integer({ min: 1, max: most }), end: fc.integer({ min: 0, max: most }) });

/** What lies in some regions, found by trying. */
const inside = (regions: OplogRegion[]) =>
  indices.filter((index) => regions.some(({ start, end }) => start <= index && index <= end));

test("an index is left out if it lies in any of the regions, and the region that it lies in is as long as can be", () => {
  fc.assert(
    fc.property(fc.array(region, { maxLength: 8 }), (added) => {
      const regions = new Regions();
      for (const one of added) regions.add(one);
      const left = inside(added);
      expect(indices.filter((index) => regions.has(index))).toEqual(left);
      for (const index of left) {
        const { start, end } = regions.at(index) as OplogRegion;
        expect(inside([{ start, end }])).toEqual(inside([{ start, end }]).filter((each) => left.includes(each)));
        expect(left).not.toContain(start - 1);
        expect(left).not.toContain(end + 1);
      }
    }),
  );
});

test("Jumps and reverts leave out their regions, or only one kind does", () => {
  const log: OplogEntry[] = [
    { at: 0, type: "NoOp" },
    { at: 0, type: "Jump", jump: { start: 2, end: 3 } },
    { at: 0, type: "Revert", droppedRegion: { start: 7, end: 8 } },
  ];
  const found = (only?: "Jump" | "Revert") => indices.filter((index) => Regions.of(log, only).has(index));
  expect(found()).toEqual([2, 3, 7, 8]);
  expect(found("Jump")).toEqual([2, 3]);
  expect(found("Revert")).toEqual([7, 8]);
});
