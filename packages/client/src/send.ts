/** An HTTP request. */
export interface Sent {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** An answer that has arrived whole. */
export interface Received {
  status: number;
  body: Uint8Array;
}

/**
 * Sends a request and waits for its answer, however long that takes.
 * @throws Error when there is none, with a `code` such as ECONNREFUSED where one is known
 */
export type Send = (url: URL, request: Sent) => Promise<Received>;
