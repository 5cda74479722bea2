import { closestMatch } from "leven";

/** `fetchOrder` and `fetch_order` as WIT writes them: `fetch-order`. */
const kebab = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();

/** `Did you mean "unread-ok"?`, where a name is close to one of these, or is one of them in camelCase; otherwise empty. */
export function didYouMean(name: string, names: readonly string[]): string {
  const written = kebab(name);
  const found = names.includes(written) ? written : closestMatch(written, names, { maxDistance: 2 });
  return found === undefined ? "" : `Did you mean "${found}"?`;
}
