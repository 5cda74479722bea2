import type { Comparator, Filter, TextComparator } from "../filter.js";
import type { WorkerStatus } from "../oplog/store.js";

/** WIT `worker-any-filter`: any of what has all of some properties. */
export interface AnyFilter {
  filters: { filters: PropertyFilter[] }[];
}
type PropertyFilter =
  | { tag: "name" | "env"; val: { name: string; comparator: string; value: string } }
  | { tag: "status"; val: { comparator: string; value: string } }
  | { tag: "version" | "created-at"; val: { comparator: string; value: bigint } };

/** `greater-equal` is `GreaterEqual` in REST. */
const pascal = (name: string) => name.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

export const filterOf = ({ filters }: AnyFilter): Filter => ({
  type: "Or",
  filters: filters.map(({ filters: all }) => ({ type: "And", filters: all.map(propertyFilter) })),
});

function propertyFilter({ tag, val }: PropertyFilter): Filter {
  const word = pascal(val.comparator);
  switch (tag) {
    case "name":
      return { type: "Name", comparator: word as TextComparator, value: val.value };
    case "env":
      return { type: "Env", name: val.name, comparator: word as TextComparator, value: val.value };
    case "status":
      return { type: "Status", comparator: word as Comparator, value: pascal(val.value) as WorkerStatus };
    case "version":
      return { type: "Version", comparator: word as Comparator, value: Number(val.value) };
    case "created-at":
      return { type: "CreatedAt", comparator: word as Comparator, value: new Date(Number(val.value)).toISOString() };
  }
}
