/** What is not compared, and why: docs/conformance.md lists all of it. */

export interface Reason {
  what: string;
  because: string;
}

/** A part of a text that another part stands for. */
interface TextMask extends Reason {
  pattern: RegExp;
  as: string | ((found: string) => string);
}

export const textMasks: TextMask[] = [
  {
    what: "the digits of a UUID",
    because: "each run has its own; its version is compared, and for keys which of them are the same",
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    as: (id) => `<uuid v${id[14]}>`,
  },
  {
    what: "times of day",
    because: "each run has its own; the waits and sleeps between them are compared",
    pattern: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g,
    as: "<time>",
  },
  {
    what: "the frame of the check of results that golem-component puts around exports",
    because: "the recorded components were built without it",
    pattern: /\n( +)(async\*)?checked\/wrapped\[name\]@[^\n]*(\n +|\n?$)/g,
    as: "\n$1$2",
  },
  {
    what: "the frames of a wasm backtrace, and the lines and columns of a JavaScript stack",
    because: "they are places in the component's code, and the recorded components were built by another toolchain",
    pattern: /\n +\d+: +0x[^\n]*?(?=: wasm trap|\n|$)|@[^\s:@]+\.js:\d+:\d+/g,
    as: (found) => (found.startsWith("@") ? "<place>" : ""),
  },
  {
    what: "what a server says of a request that does not parse, after `parse request payload error:` and the like",
    because: "it is the text of the parser that the server uses; minigolem names the field",
    pattern: /^(parse request payload error|failed to parse (?:path|parameter) `\w+`): (?!Type )[\s\S]*/g,
    as: (found) => found.slice(0, found.indexOf(":")),
  },
];

/** Fields of an answer that are not compared. */
interface FieldMask extends Reason {
  fields: string[];
}

export const fieldMasks: FieldMask[] = [
  { what: "`createdAt`, `timestamp`", because: "each run has its own", fields: ["createdAt", "timestamp"] },
  {
    what: "`componentSize`, `totalLinearMemorySize`",
    because: "the recorded components were built by another toolchain",
    fields: ["componentSize", "totalLinearMemorySize"],
  },
  { what: "`hazards`", because: "only minigolem has this field", fields: ["hazards"] },
];

/** What is left out elsewhere: in the records themselves, by `isNoise`, by a scenario's marks, and by tolerances. */
const otherMasks: Reason[] = [
  {
    what: "how often clocks and random numbers are read, how often it is polled, and in how many chunks a body comes",
    because:
      "it depends on the JavaScript engine in the component and on the network; the kind of each such call is compared",
  },
  {
    what: "entries `GrowMemory`, `CreateResource`, `DropResource` and `DescribeResource`",
    because: "they tell of the component's build, and no recording has one",
  },
  {
    what: "whether a worker's first call was pending",
    because: "it depends on whether the worker had been made by then; later calls are compared",
  },
  {
    what: "the span in the header `traceparent`",
    because: "each request has a span of its own; which requests share a trace is compared",
  },
  {
    what: "the order of environment variables",
    because: "the server keeps them in a map without an order",
  },
  {
    what: "the size of an answer that a record keeps as a number of characters",
    because: "oplogs and downloads differ in length with what is masked in them",
  },
  {
    what: "requests of host calls, responses of those that are not named in a record, contexts of logs and attributes of spans",
    because: "the recordings don't have them; that Golem's own client could read each entry is checked",
  },
  {
    what: "texts beyond 600 characters, and of a log entry beyond 160",
    because: "the recordings end there",
  },
  {
    what: "values, in scenarios marked `noisy`: their types are compared",
    because: "they are random numbers, times and sizes",
  },
  {
    what: "numbers of attempts, in scenarios marked `loose`: there are at least two, and at most two thirds more than recorded",
    because: "they go on for a given time, and a slow machine does less in it",
  },
  {
    what: "the order of requests and of responses, in scenarios marked `unordered`",
    because: "the requests overlap",
  },
  {
    what: "how much longer than recorded a wait took in real time, up to three times and 3 s, or by how much it was shorter, up to 40 % or 120 ms",
    because: "a recorded wait includes a recovery; in virtual time each wait must be as planned",
  },
  {
    what: "the length of guests' sleeps in real time, and in virtual time what a recorded one took longer, up to 40 % or 120 ms",
    because: "a recorded sleep includes what the server took to come to it",
  },
];

/** All that is not compared, for the documentation. */
export const masks: Reason[] = [...textMasks, ...fieldMasks, ...otherMasks];
