import type { Scenario } from "../scenario.ts";

/** Reading the oplog by REST, and the server's own routes. */
export const server: Scenario[] = [
  {
    name: "oplog-paging",
    claim: "An oplog is read in pages, from an index, or by a query.",
    noisy: true,
    async run(s) {
      await s.invoke("counter");
      await s.invoke("set-get", ["3,10,20,1"]);
      const pages = [];
      let cursor = "";
      for (let i = 0; i < 40; i++) {
        const { answer, ok } = await s.onWorker("GET", `/oplog?count=5${cursor}`, { label: `page ${i}`, keep: false });
        if (!ok) break;
        const { entries, firstIndexInChunk: first, lastIndex: last, next } = answer;
        pages.push({ n: entries.length, first, last, next: next ?? null });
        if (!next || entries.length === 0) break;
        cursor = `&cursor=${next.next_oplog_index}-${next.current_component_version}`;
      }
      s.note("pages", pages.slice(0, 3).concat(pages.slice(-2)));
      const count = async (query: string, label: string) => {
        const { answer } = await s.onWorker("GET", `/oplog?${query}`, { label, keep: false });
        const { entries, next = null } = answer ?? {};
        s.note(label, entries ? { n: entries.length, first: entries[0]?.oplogIndex, next } : s.tidy(answer));
      };
      await count("count=5&from=3", "from 3");
      await count("count=5&from=100000", "from past the end");
      await count("count=50&query=set-get", "query");
      await count("count=50&query=ChangeRetryPolicy", "query for a type");
      await count("count=50&query=nothing-like-this", "query without a hit");
      await s.onWorker("GET", "/oplog?count=5&from=1&query=x", { label: "from and query" });
      await s.onWorker("GET", "/oplog", { label: "no count" });
      await s.onWorker("GET", "/oplog?count=5&cursor=nonsense", { label: "bad cursor" });
    },
  },
  {
    name: "oplog-query-error",
    claim: "A query finds words of entries, in some fields only.",
    varies: {
      fields: ["notes", "waits"],
      because:
        "the recorded bytes of requests are searched too, and a word may be in them by chance; the retry of 20 ms took 449",
    },
    async run(s) {
      await s.invoke("schedule", [s.base, s.path("text", 0), "1,20,20,1"]);
      for (const query of ["error", "type:Error", "schedule"]) {
        const { answer } = await s.onWorker("GET", `/oplog?count=50&query=${encodeURIComponent(query)}`, {
          label: `query ${query}`,
          keep: false,
        });
        const types = answer?.entries?.map?.((e: { entry: { type: string } }) => e.entry.type);
        s.note(`query ${query}`, types ?? s.tidy(answer));
      }
    },
  },
  {
    name: "health",
    claim: "The router has metrics, and no health check; what it does not know is a 404.",
    own: false,
    async run(s) {
      for (const path of ["/health_check", "/healthcheck", "/version", "/", "/v1/nothing"])
        await s.rest.request("GET", path, { label: path });
      await s.rest.request("GET", "/metrics", { label: "/metrics", keep: false });
      await s.rest.request("PATCH", "/v1/components", { label: "wrong method" });
    },
  },
];
