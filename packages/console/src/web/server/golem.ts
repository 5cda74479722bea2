import { type Component, GolemClient } from "golem-client";

/** The server that this page came from, or that it forwards to. */
export const golem = new GolemClient({ url: location.origin });

/** The latest version of each component, by name. */
export async function latestComponents(): Promise<Component[]> {
  const newest = new Map<string, Component>();
  for (const one of await golem.components.list()) {
    const { componentId, version } = one.versionedComponentId;
    if (version >= (newest.get(componentId)?.versionedComponentId.version ?? 0)) newest.set(componentId, one);
  }
  return [...newest.values()].sort((a, b) => a.componentName.localeCompare(b.componentName));
}
