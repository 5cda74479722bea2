import type { WorkerStatus } from "./oplog/store.js";

export const comparators = ["Equal", "NotEqual", "GreaterEqual", "Greater", "LessEqual", "Less"] as const;
export const textComparators = ["Equal", "NotEqual", "Like", "NotLike"] as const;
export type Comparator = (typeof comparators)[number];
export type TextComparator = (typeof textComparators)[number];

/** In the order in which Golem compares them. */
export const statuses = [
  "Running",
  "Idle",
  "Suspended",
  "Interrupted",
  "Retrying",
  "Failed",
  "Exited",
] as const satisfies WorkerStatus[];

/** Golem's `WorkerFilter`. */
export type Filter =
  | { type: "Name"; comparator: TextComparator; value: string }
  | { type: "Env"; name: string; comparator: TextComparator; value: string }
  | { type: "Status"; comparator: Comparator; value: WorkerStatus }
  | { type: "Version"; comparator: Comparator; value: number }
  | { type: "CreatedAt"; comparator: Comparator; value: string }
  | { type: "And" | "Or"; filters: Filter[] }
  | { type: "Not"; filter: Filter };

/** What filters look at. */
export interface Filtered {
  workerName: string;
  env: Readonly<Record<string, string>>;
  status: WorkerStatus;
  componentVersion: number;
  /** Milliseconds since 1970. */
  createdAt: number;
}

export function matchesFilter(filter: Filter, worker: Filtered): boolean {
  switch (filter.type) {
    case "Name":
      return comparesText(filter.comparator, worker.workerName, filter.value);
    case "Env": {
      const name = filter.name.toLowerCase();
      const found = Object.entries(worker.env).find(([key]) => key.toLowerCase() === name);
      return found !== undefined && comparesText(filter.comparator, found[1], filter.value);
    }
    case "Status":
      return compares(filter.comparator, statuses.indexOf(worker.status), statuses.indexOf(filter.value));
    case "Version":
      return compares(filter.comparator, worker.componentVersion, filter.value);
    case "CreatedAt":
      return compares(filter.comparator, Math.floor(worker.createdAt), Date.parse(filter.value));
    case "And":
      return filter.filters.every((part) => matchesFilter(part, worker));
    case "Or":
      return filter.filters.length === 0 || filter.filters.some((part) => matchesFilter(part, worker));
    case "Not":
      return !matchesFilter(filter.filter, worker);
  }
}

function comparesText(comparator: TextComparator, text: string, value: string): boolean {
  switch (comparator) {
    case "Equal":
      return text === value;
    case "NotEqual":
      return text !== value;
    case "Like":
      return text.includes(value);
    case "NotLike":
      return !text.includes(value);
  }
}

function compares(comparator: Comparator, a: number, b: number): boolean {
  switch (comparator) {
    case "Equal":
      return a === b;
    case "NotEqual":
      return a !== b;
    case "GreaterEqual":
      return a >= b;
    case "Greater":
      return a > b;
    case "LessEqual":
      return a <= b;
    case "Less":
      return a < b;
  }
}
