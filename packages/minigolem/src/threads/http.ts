import type { Message } from "../guest/channel.js";
import type { HttpStart } from "../guest/wasi/http-exchange.js";
import { Sending } from "./http-sending.js";

/** Guests' HTTP requests, sent by the main thread. */
export interface Http {
  /** Takes a guest's message about an exchange. */
  handle(message: Message): void;
  /** Exchanges of which the answer is not complete. */
  pending(): number;
  /** Ends those that only their instance wanted: it is gone. */
  cancelAll(): void;
  /** Lets them come to their end without it. */
  leaveAll(): Promise<void>;
  close(): Promise<void>;
}

/** @param post to the guest */
export function createHttp({ post }: { post(message: Message): void }): Http {
  const sendings = new Map<string, Sending>();

  function cancel(key: string): void {
    const sending = sendings.get(key);
    sendings.delete(key);
    sending?.destroy();
  }

  function start(key: string, { instance, id, request }: Message): void {
    const sending = new Sending(request as HttpStart, (op, more) => {
      if (sendings.has(key)) post({ op, instance, id, ...more });
    });
    sendings.set(key, sending);
    sending.start(() => cancel(key));
  }

  return {
    handle(message) {
      const { op, bytes } = message;
      const key = `${message.instance}/${message.id}`;
      if (op === "http.start") return start(key, message);
      const sending = sendings.get(key);
      if (op === "http.cancel") cancel(key);
      else if (op === "http.more") sending?.took(bytes as number);
      else if (op === "http.body") sending?.push(bytes as Uint8Array);
      else if (op === "http.body-end") sending?.pushEnd();
    },
    pending: () => sendings.size,
    cancelAll() {
      for (const [key, { left }] of [...sendings]) if (!left) cancel(key);
    },
    async leaveAll() {
      const all = [...sendings.values()];
      for (const sending of all) sending.leave();
      await Promise.all(all.map(({ done }) => done));
    },
    async close() {
      const all = [...sendings.values()];
      for (const key of [...sendings.keys()]) cancel(key);
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
