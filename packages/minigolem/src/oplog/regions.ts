import type { OplogEntry, OplogIndex, OplogRegion } from "./entries.js";

/** Parts of an oplog that a replay leaves out, united where they overlap, in order. */
export class Regions {
  #list: OplogRegion[] = [];

  /** What the `Jump` and `Revert` entries of a log leave out; `only` narrows it to one kind. */
  static of(entries: Iterable<OplogEntry>, only?: "Jump" | "Revert"): Regions {
    const regions = new Regions();
    for (const entry of entries) {
      if (entry.type === "Jump" && only !== "Revert") regions.add(entry.jump);
      if (entry.type === "Revert" && only !== "Jump") regions.add(entry.droppedRegion);
    }
    return regions;
  }

  add(region: OplogRegion): void {
    let { start, end } = region;
    if (start > end) return; // a revert past the end
    const apart = this.#list.filter((r) => {
      if (r.end + 1 < start || end + 1 < r.start) return true;
      start = Math.min(start, r.start);
      end = Math.max(end, r.end);
      return false;
    });
    apart.push({ start, end });
    this.#list = apart.sort((a, b) => a.start - b.start);
  }

  /** The region that an index lies in. */
  at(index: OplogIndex): OplogRegion | undefined {
    let low = 0;
    let high = this.#list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const region = this.#list[middle] as OplogRegion;
      if (index < region.start) high = middle - 1;
      else if (index > region.end) low = middle + 1;
      else return region;
    }
    return undefined;
  }

  has(index: OplogIndex): boolean {
    return this.at(index) !== undefined;
  }
}
