import { z } from "zod";
import {
  type Comparator,
  comparators,
  type Filter,
  statuses,
  type TextComparator,
  textComparators,
} from "../filter.js";
import { Refusal } from "./refusal.js";

export const filterJson: z.ZodType<Filter> = z.lazy(() =>
  z.discriminatedUnion("type", [
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
