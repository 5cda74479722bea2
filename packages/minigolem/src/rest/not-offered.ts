/** What Golem 1.2's REST API has besides (openapi/golem-service.yaml of v1.2.0), by the beginning of its path. */
const others: [path: RegExp, name: string][] = [
  [/^\/v1\/components\/[^/]+\/(versions\/[^/]+|latest)\/plugins\//, "plugins"],
  [/^\/v1\/components\/[^/]+\/workers\/[^/]+\/(de)?activate-plugin$/, "plugins"],
  [/^\/v1\/(plugins|library-plugins|app-plugins)(\/|$)/, "plugins"],
  [/^\/v1\/components\/[^/]+\/workers\/[^/]+\/(files|file-contents)\//, "a worker's files"],
  [/^\/v1\/components\/[^/]+\/versions\/[^/]+\/file-contents\//, "a component's initial files"],
  [/^\/v1\/api\//, "the API gateway"],
];

/** @returns what to say of a route that Golem has and minigolem has not */
export function notOffered(method: string, url: string): string | undefined {
  const path = url.replace(/\?.*/s, "");
  const found = others.find(([pattern]) => pattern.test(path));
  return found && `minigolem does not offer ${found[1]}: ${method} ${path} needs a Golem server`;
}
