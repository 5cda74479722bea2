import { getRetryPolicy, type RetryPolicy } from "golem:api/host@1.1.0";

const read = () => getRetryPolicy();

export const [before] = ["policy"].map(read) as [RetryPolicy]; // lint does not follow what others call back
