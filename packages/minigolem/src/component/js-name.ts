const words = (name: string) => name.split("-").map((word) => word.toLowerCase());
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** `fetch-order` → `fetchOrder`, as jco names functions, fields and flags. */
export const camelCase = (name: string): string =>
  words(name)
    .map((word, i) => (i === 0 ? word : capital(word)))
    .join("");

/** `http-client` → `HttpClient`, as jco names resources. */
export const pascalCase = (name: string): string => words(name).map(capital).join("");

/** A function of a resource taken apart: `[method]cart.add` → method, cart, add. */
export function resourceFunction(
  name: string,
): { kind: "constructor" | "method" | "static" | "drop"; resource: string; method: string } | undefined {
  const [, kind, resource, method = ""] = /^\[(constructor|method|static|drop)\]([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
  if (!kind || !resource) return undefined;
  return { kind: kind as "constructor" | "method" | "static" | "drop", resource, method };
}
