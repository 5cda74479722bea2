import { request as http } from "node:http";
import { request as https } from "node:https";
import type { Send } from "./send.js";

/** By Node's own HTTP client: it takes a fifth of the time that Node's `fetch` takes, and does not give up after five minutes. */
export const send: Send = (url, { method, headers, body }) =>
  new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http)(url, { method, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const parts: Uint8Array[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: new Uint8Array(Buffer.concat(parts)) }),
      );
    });
    request.end(body);
  });
