import { randomUUID } from "node:crypto";

/** As a call without a W3C trace context gets it. Node has random UUIDs in stock, and makes other random bytes one by one. */
export const newTraceId = () => randomUUID().replaceAll("-", "");
