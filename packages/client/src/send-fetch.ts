import type { Send } from "./send.js";

/** By `fetch`, which is all that a browser has. */
export const send: Send = async (url, { method, headers, body }) => {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
};
