import { join } from "node:path";
import ts from "typescript";
import { guestOptions } from "../src/check.js";
import { lint } from "../src/lint/index.js";

const retry = join(import.meta.dirname, "..", "..", "retry", "src");

/** What golem-retry's own declarations of the host leave out; both are one module to the compiler. */
const host = `
declare module "golem:api/host@1.1.0" {
  export interface WorkerMetadata {
    workerId: { workerName: string };
    args: string[];
    env: [string, string][];
    status: "running" | "retrying";
    retryCount: bigint;
  }
  export function getSelfMetadata(): WorkerMetadata;
}
declare module "golem:api/oplog@1.1.6" {
  export interface OplogEntry { tag: string }
  export class GetOplog {
    constructor(worker: { workerName: string }, start: bigint);
    getNext(): OplogEntry[] | undefined;
  }
}
`;

const header = `
import * as host from "golem:api/host@1.1.0";
import { getRetryPolicy, markBeginOperation, markEndOperation, setRetryPolicy } from "golem:api/host@1.1.0";
import { GetOplog } from "golem:api/oplog@1.1.6";
import * as retry from "golem-retry";
import { atomically, retrying, retryPolicy, toWit, withRetryPolicy } from "golem-retry";
const patient = retryPolicy({ retries: 5, minDelay: "1s", maxDelay: "10s", multiplier: 2 });
declare function work(item?: string): Promise<string>;
declare function normal(value: unknown): void;
export {};
`;

/** One program of many small sources: the libraries are read once. */
export function lintCases(sources: string[]): { errors: string[]; findings: string[]; claims: string[] }[] {
  const options = { ...guestOptions, baseUrl: retry, paths: { "golem-retry": ["index.ts"] } };
  const compiler = ts.createCompilerHost(options, true);
  const name = (index: number) => join(import.meta.dirname, `case-${index}.ts`);
  const written = new Map(sources.map((source, index) => [name(index), header + source]));
  const own = join(import.meta.dirname, "host.d.ts");
  written.set(own, host);
  const { getSourceFile, fileExists, readFile } = compiler;
  compiler.fileExists = (file) => written.has(file) || fileExists(file);
  compiler.readFile = (file) => written.get(file) ?? readFile(file);
  compiler.getSourceFile = (file, language, ...rest) => {
    const text = written.get(file);
    return text === undefined
      ? getSourceFile(file, language, ...rest)
      : ts.createSourceFile(file, text, language, true);
  };
  const program = ts.createProgram([...written.keys(), join(retry, "golem-api.d.ts")], options, compiler);
  return sources.map((_, index) => {
    const file = program.getSourceFile(name(index)) as ts.SourceFile;
    const findings = lint(program, [file]);
    return {
      claims: findings.flatMap(({ help }) => /conformance\.md, ([\w-]+)/.exec(help ?? "")?.[1] ?? []),
      errors: [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
        ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"),
      ),
      findings: findings.map(
        ({ rule, line = 0, column = 0 }) =>
          `${rule} ${file.text
            .split("\n")
            [line - 1]?.slice(column - 1)
            .replace(/\(.*/, "")}`,
      ),
    };
  });
}
