import { getRetryPolicy, type RetryPolicy } from "golem:api/host@1.1.0";

const read = () => getRetryPolicy();
const asRead = () => read();

export const before: RetryPolicy = asRead();
