import { getRetryPolicy, type RetryPolicy } from "golem:api/host@1.1.0";

export const before: RetryPolicy = getRetryPolicy();
