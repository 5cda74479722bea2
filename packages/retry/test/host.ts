/** Stands in for the host where a test looks at the order of calls, which no engine shows. Nothing traps here. */
export const calls: string[] = [];
export const store = new Map<string, Uint8Array>();
const policy = { maxAttempts: 3, minDelay: 0n, maxDelay: 0n, multiplier: 1 };
const begin = 10n;

// golem:api/host: a Jump stands after the region's begin, so an execution has failed before
export const getOplogIndex = () => begin + 5n;
export const markBeginOperation = () => begin;
export const markEndOperation = () => void calls.push("mark-end-operation");
export const oplogCommit = () => void calls.push("oplog-commit");
export const getRetryPolicy = () => policy;
export const setRetryPolicy = () => void calls.push("set-retry-policy");
export const setOplogIndex = () => void calls.push("set-oplog-index");

// wasi:cli/environment
export const getEnvironment = (): [string, string][] => [["GOLEM_WORKER_NAME", "w"]];

// wasi:keyvalue
export const Bucket = { openBucket: () => ({}) };
export const get = (_: unknown, key: string) => {
  calls.push(`get ${key}`);
  const value = store.get(key);
  return value && { incomingValueConsumeSync: () => value };
};
export const OutgoingValue = {
  newOutgoingValue: () => ({ outgoingValueWriteBodySync: () => {} }),
};
export const set = () => void calls.push("set");
const remove = (_: unknown, key: string) => {
  calls.push(`delete ${key}`);
  store.delete(key);
};

export { remove as delete };
