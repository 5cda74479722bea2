import { randomUUID } from "node:crypto";

/** As a call without a W3C trace context gets it. Node keeps random UUIDs in stock, where it asks for other random bytes each time. */
export const newTraceId = () => randomUUID().replaceAll("-", "");
