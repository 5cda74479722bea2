/**
 * An exported interface as a component implements it: as its generated types say, and each function may be async.
 * @example export const api: Guest<typeof import("demo:http-caller-exports/api")> = { async fetchOrder(id) { … } };
 */
export type Guest<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;
};
