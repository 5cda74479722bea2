import type { PublicEntry } from "./oplog.ts";
import { unreadableByGolem } from "./public-entry.ts";
import type { Call } from "./recording.ts";

/** How a call is made and put on record. */
export interface How {
  label?: string;
  /** A FormData or bytes as they are, a string as if it were JSON, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** False leaves no trace. */
  record?: boolean;
  /** Most milliseconds to wait. */
  limit?: number;
  /** False keeps only the length of the answer. */
  keep?: boolean;
}

export interface Answer {
  status: number | null;
  ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any route
  answer: any;
  call: Call;
}

interface Circumstances {
  url: string;
  /** Start of the scenario, and when it has to be over; ms since 1970. */
  t0: number;
  deadline: number;
  tidy: <T>(value: T) => T;
  /** Where the calls are put. */
  calls: Call[];
}

const readable = (path: string) => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

function asBody(body: unknown): { body?: FormData | Uint8Array<ArrayBuffer> | string; type?: string } {
  if (body === undefined) return {};
  if (body instanceof FormData) return { body };
  if (body instanceof Uint8Array) return { body: new Uint8Array(body), type: "application/octet-stream" };
  return { body: typeof body === "string" ? body : JSON.stringify(body), type: "application/json" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The REST calls of one scenario, each put on record with its answer. Written out, as what is tested are the bytes. */
export class Rest {
  readonly #about: Circumstances;

  constructor(about: Circumstances) {
    this.#about = about;
  }

  set deadline(at: number) {
    this.#about.deadline = at;
  }

  async request(method: string, path: string, how: How = {}): Promise<Answer> {
    const { url, t0, deadline, tidy, calls } = this.#about;
    const { body, type } = asBody(how.body);
    const headers: Record<string, string> = { ...(type ? { "content-type": type } : {}), ...how.headers };
    const start = Date.now();
    const shown = tidy(readable(path));
    const key = headers["idempotency-key"];
    const kept = how.body !== undefined && (typeof body === "string" ? tidy(how.body) : undefined);
    const call: Call = {
      label: how.label ?? `${method} ${shown}`,
      method,
      path: shown,
      ...(key ? { idempotencyKey: tidy(key) } : {}),
      ...(kept ? { body: kept } : {}),
      t: start - t0,
    };
    if (how.record !== false) calls.push(call);
    try {
      const limit = Math.max(1, Math.min(how.limit ?? Number.POSITIVE_INFINITY, deadline - start));
      const response = await fetch(url + path, { method, headers, body, signal: AbortSignal.timeout(limit) });
      const text = await response.text();
      call.status = response.status;
      call.contentType = response.headers.get("content-type");
      const answer = parsed(text);
      call.answer = how.keep === false ? `${text.length} characters` : tidy(answer);
      call.ms = Date.now() - start;
      return { status: response.status, ok: response.ok, answer, call };
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
      call.status = null;
      call.failed =
        name === "TimeoutError" ? "timeout" : `${message}${cause ? `: ${cause.code ?? cause.message}` : ""}`;
      call.ms = Date.now() - start;
      return { status: null, ok: false, answer: null, call };
    }
  }

  /** A worker's whole oplog. A page that the server cannot give is read entry by entry. */
  async oplog(componentId: string, worker: string): Promise<{ entries: PublicEntry[]; error?: string }> {
    const page = async (query: string) => {
      const path = `/v1/components/${componentId}/workers/${worker}/oplog?${query}`;
      const got = await this.request("GET", path, { record: false });
      const wrong = got.ok && got.answer.entries.map(unreadableByGolem).find((text?: string) => text !== undefined);
      if (wrong) throw new Error(`golem-cli would not read this oplog: ${wrong}`);
      return got;
    };
    const entries: PublicEntry[] = [];
    const size = 500;
    let cursor = "";
    let error: string | undefined;
    for (let index = 1, version = 0; ; ) {
      const { ok, answer, status } = await page(`count=${size}${cursor}`);
      if (ok) {
        entries.push(...answer.entries);
        if (!answer.next || answer.entries.length === 0) return { entries, error };
        index = answer.next.next_oplog_index;
        version = answer.next.current_component_version;
      } else {
        error = `${status} ${JSON.stringify(this.#about.tidy(answer))}`;
        if (status === null || status === 404) return { entries, error };
        let empty = 0;
        for (const end = index + size; index < end && empty < 3 && Date.now() < this.#about.deadline; index++) {
          const one = await page(`count=1&cursor=${index}-${version}`);
          if (!one.ok) entries.push(unreadable(index));
          else if (one.answer.entries.length === 0) empty++;
          else entries.push(...one.answer.entries);
        }
        if (empty > 0 || Date.now() >= this.#about.deadline) return { entries, error };
      }
      cursor = `&cursor=${index}-${version}`;
    }
  }
}

const unreadable = (oplogIndex: number): PublicEntry => ({
  oplogIndex,
  entry: { type: "Unreadable", timestamp: new Date().toISOString() },
});

/** The form of an upload. @param name left out if undefined, as is the type */
export function uploadForm(name: string | undefined, wasm: Uint8Array<ArrayBuffer>, type?: "Ephemeral"): FormData {
  const form = new FormData();
  if (name !== undefined) form.append("name", name);
  if (type !== undefined) form.append("componentType", type);
  form.append("component", new Blob([wasm], { type: "application/octet-stream" }), "component.wasm");
  return form;
}
