import { z } from "zod";
import { primitives, type WitType } from "../component/types.js";

/** A type as a caller states it beside a value. How deep it is, is bounded by the request's JSON. */
export const statedType: z.ZodType<WitType> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.enum(primitives) }),
    z.object({ type: z.enum(["List", "Option"]), inner: statedType }),
    z.object({ type: z.literal("Tuple"), items: z.array(statedType) }),
    z.object({ type: z.literal("Record"), fields: z.array(z.object({ name: z.string(), typ: statedType })) }),
    z.object({
      type: z.literal("Variant"),
      cases: z.array(z.object({ name: z.string(), typ: statedType.nullable() })),
    }),
    z.object({ type: z.literal("Enum"), cases: z.array(z.string()) }),
    z.object({ type: z.literal("Flags"), names: z.array(z.string()) }),
    z.object({ type: z.literal("Result"), ok: statedType.nullable(), err: statedType.nullable() }),
    z.object({ type: z.literal("Handle"), resource_id: z.number(), mode: z.enum(["Owned", "Borrowed"]) }),
  ]),
);
