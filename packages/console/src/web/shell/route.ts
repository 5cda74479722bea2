import { signal } from "@preact/signals";

/** What the address bar says: `#/worker/http-caller/alice?tab=oplog`. It is all behind the `#`, so that any static server will do. */
export interface Route {
  /** The first part of the path: `worker`. Empty for the list of workers. */
  page: string;
  /** The rest of the path. */
  parts: string[];
  query: URLSearchParams;
}

function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [page = "", ...parts] = path.split("/").map(decodeURIComponent);
  return { page, parts, query: new URLSearchParams(query) };
}

/** Where the user is. */
export const route = signal(parse(location.hash));
addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

/** A link to a page. @param parts of the path, the page first */
export function linkTo(parts: string[], query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

/** Changes what is behind the `?` without a new step in the browser's history. An empty value takes its name away. */
export function setQuery(change: Record<string, string>): void {
  const query = new URLSearchParams(route.value.query);
  for (const [name, value] of Object.entries(change)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  const { page, parts } = route.value;
  const hash = linkTo([page, ...parts], Object.fromEntries(query));
  history.replaceState(null, "", hash);
  route.value = parse(hash);
}
