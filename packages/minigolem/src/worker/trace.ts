import { randomBytes } from "node:crypto";

/** As a call without a W3C trace context gets it. */
export const newTraceId = () => randomBytes(16).toString("hex");
