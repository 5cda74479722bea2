/** An answer, less what is another in each run. */
export const normal = (value: unknown, base: string): string =>
  JSON.stringify(value)
    .replaceAll(base, "<upstream>")
    .replace(/\\"elapsed\\":[\d.]+/g, '\\"elapsed\\":0')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>");

/** How a call failed: golem-retry says it on stderr, which is in the error; otherwise the error's last line does. */
export function story(error: Error, last = ""): string {
  const text = `${last}\n${error.message}`;
  // What was written right before a crash is written again, perhaps on the same line.
  const told = [...text.matchAll(/execution \d+ of \d+ failed: (?:(?!execution \d+ of).)*/g)].at(-1)?.[0];
  if (told) return `failed: ${told}`;
  const named = /(?:^|\n)(?:\w*Error|[A-Z]\w+): ?.*/.exec(error.message)?.[0]?.trim();
  // A caller who comes after a crash is told of the failure that is on record: another kind of refusal, with the same text.
  return `failed: ${named?.replace(/^(PreviousInvocationFailed|RuntimeError): /, "") ?? "without a word"}`;
}
