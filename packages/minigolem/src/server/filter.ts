import { z } from "zod";
import type { WorkerMetadata } from "../engine.js";
import type { WorkerStatus } from "../oplog/store.js";
import { Refusal } from "./refusal.js";

const comparators = ["Equal", "NotEqual", "GreaterEqual", "Greater", "LessEqual", "Less"] as const;
const textComparators = ["Equal", "NotEqual", "Like", "NotLike"] as const;
type Comparator = (typeof comparators)[number];
type TextComparator = (typeof textComparators)[number];

/** In the order in which Golem compares them. */
const statuses = ["Running", "Idle", "Suspended", "Interrupted", "Retrying", "Failed", "Exited"] as const;

/** Golem's `WorkerFilter`. */
export type Filter =
  | { type: "Name"; comparator: TextComparator; value: string }
  | { type: "Env"; name: string; comparator: TextComparator; value: string }
  | { type: "Status"; comparator: Comparator; value: WorkerStatus }
  | { type: "Version"; comparator: Comparator; value: number }
  | { type: "CreatedAt"; comparator: Comparator; value: string }
  | { type: "And" | "Or"; filters: Filter[] }
  | { type: "Not"; filter: Filter };

export const filterJson: z.ZodType<Filter> = z.lazy(() =>
  z.union([
    z.object({ type: z.literal("Name"), comparator: z.enum(textComparators), value: z.string() }),
    z.object({ type: z.literal("Env"), name: z.string(), comparator: z.enum(textComparators), value: z.string() }),
    z.object({ type: z.literal("Status"), comparator: z.enum(comparators), value: z.enum(statuses) }),
    z.object({ type: z.literal("Version"), comparator: z.enum(comparators), value: z.number() }),
    z.object({
      type: z.literal("CreatedAt"),
      comparator: z.enum(comparators),
      value: z.iso.datetime({ offset: true }),
    }),
    z.object({ type: z.enum(["And", "Or"]), filters: z.array(filterJson) }),
    z.object({ type: z.literal("Not"), filter: filterJson }),
  ]),
);

export const all = (filters: Filter[]): Filter => ({ type: "And", filters });

const words: Record<string, Comparator | TextComparator> = {
  "==": "Equal",
  "=": "Equal",
  equal: "Equal",
  eq: "Equal",
  "!=": "NotEqual",
  notequal: "NotEqual",
  ne: "NotEqual",
  ">=": "GreaterEqual",
  greaterequal: "GreaterEqual",
  ge: "GreaterEqual",
  ">": "Greater",
  greater: "Greater",
  gt: "Greater",
  "<=": "LessEqual",
  lessequal: "LessEqual",
  le: "LessEqual",
  "<": "Less",
  less: "Less",
  lt: "Less",
  like: "Like",
  notlike: "NotLike",
};

/** `name = x`, `version >= 2`, `status = Idle`, `created_at > 2026-01-01T00:00:00Z`, `env.NAME like x`. @throws Refusal */
export function parseFilter(text: string): Filter {
  const [what = "", word = "", value = "", ...rest] = text.trim().split(/\s+/);
  const types: Record<string, string> = {
    name: "Name",
    version: "Version",
    status: "Status",
    created_at: "CreatedAt",
    createdAt: "CreatedAt",
  };
  const type = what.startsWith("env.") ? "Env" : types[what];
  const parsed = filterJson.safeParse({
    type,
    name: what.slice("env.".length),
    comparator: words[word.toLowerCase()],
    value: type === "Version" ? Number(value) : type === "Status" ? capitalized(value) : value,
  });
  if (parsed.success && value !== "" && rest.length === 0) return parsed.data;
  throw new Refusal(400, { errors: [`Invalid filter: ${text}`] });
}

const capitalized = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();

export function matchesFilter(filter: Filter, worker: WorkerMetadata): boolean {
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
