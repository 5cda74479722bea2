/** A function's name as callers write it, taken apart. */
export interface FunctionName {
  /** With its version: `demo:app-exports/api@1.0.0`. None for a function that is in no interface. */
  interface?: string;
  /** WIT names that are meant, the likelier first: a method may be static. */
  candidates: string[];
  /** Of `{cart("a").add}`, an indexed resource: its constructor's arguments as text. */
  resourceArguments?: string;
}

/** @param identifier a pattern */
function grammarOf(identifier: string) {
  const resource = `(?<resource>${identifier})(?:\\((?<arguments>.*)\\))?`;
  const forms: [RegExp, (groups: Record<string, string>) => string[]][] = [
    [new RegExp(`^\\[constructor\\](?<resource>${identifier})$`, "u"), (g) => [`[constructor]${g.resource}`]],
    [new RegExp(`^\\[drop\\](?<resource>${identifier})$`, "u"), (g) => [`[drop]${g.resource}`]],
    [
      new RegExp(`^\\[(?<kind>method|static)\\](?<resource>${identifier})\\.(?<method>${identifier})$`, "u"),
      (g) => (g.kind === "static" ? [`[static]${g.resource}.${g.method}`] : methods(g)),
    ],
    [new RegExp(`^${resource}\\.new$`, "su"), (g) => [`[constructor]${g.resource}`]],
    [new RegExp(`^${resource}\\.drop$`, "su"), (g) => [`[drop]${g.resource}`]],
    [new RegExp(`^${resource}\\.(?<method>${identifier})$`, "su"), methods],
    [new RegExp(`^(?<function>${identifier})$`, "u"), (g) => [g.function as string]],
  ];
  const site = new RegExp(
    `^(?<interface>(?:${identifier}:${identifier}/)?${identifier}(?:@(?<version>[^{]+?))?)\\.\\{(?<function>.*?)\\}(?:\\s*\\(.*)?$`,
    "su",
  );
  return { site, lone: new RegExp(`^${identifier}`, "u"), forms };
}

const plain = grammarOf("[A-Za-z0-9-]+");
/** Golem's own, which takes letters of all scripts. Made when it is needed, for V8 needs milliseconds for it, in each thread. */
let full: typeof plain | undefined;

function grammarFor(text: string): typeof plain {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return plain;
  full ??= grammarOf("[\\p{L}\\p{N}-]+");
  return full;
}

const version = /^\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

function methods(groups: Record<string, string>): string[] {
  return [`[method]${groups.resource}.${groups.method}`, `[static]${groups.resource}.${groups.method}`];
}

/**
 * Golem's grammar: https://github.com/golemcloud/golem/blob/v1.2.0/golem-rib/src/parser/call.rs. What follows the name, such
 * as the signature that golem-cli sends, is passed over as Golem does.
 * @throws Error that says what was expected, in Golem's form
 */
export function functionNames(text: string): FunctionName {
  const { site, lone, forms } = grammarFor(text);
  const matched = site.exec(text)?.groups;
  if (matched && (matched.version === undefined || version.test(matched.version))) {
    for (const [form, names] of forms) {
      const groups = form.exec(matched.function as string)?.groups;
      if (groups)
        return { interface: matched.interface, candidates: names(groups), resourceArguments: groups.arguments };
    }
  }
  const alone = lone.exec(text)?.[0];
  if (alone !== undefined) return { candidates: [alone] };
  throw new Error(
    `Parse error at line: 1, column: 1\nUnexpected ${text === "" ? "end of input" : `\`${[...text][0]}\``}\nExpected letter or digit, \`-\`, \`:\` or \`/\`\n`,
  );
}
