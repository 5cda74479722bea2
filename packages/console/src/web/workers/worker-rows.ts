import type { Component, WorkerMetadata } from "golem-client";
import { golem } from "../server/golem.js";

/** Where a page of workers begins: the server's cursor within one of the components. */
export interface Place {
  component: number;
  cursor?: string;
}

export interface WorkerRow {
  component: string;
  metadata: WorkerMetadata;
}

export interface WorkersPageData {
  rows: WorkerRow[];
  /** Where the next page begins; undefined after the last. */
  next: Place | undefined;
}

export interface WorkerFilter {
  status: string;
  name: string;
}

/** Requests for one page. A server that filters may answer with pages that are nearly empty. */
const patience = 20;

/** Reads one page of the workers of several components, one component after the other. */
export async function readPage(
  components: readonly Component[],
  { status, name }: WorkerFilter,
  start: Place,
  size: number,
): Promise<WorkersPageData> {
  const filter = [...(status ? [`status = ${status}`] : []), ...(name ? [`name like ${name}`] : [])];
  const rows: WorkerRow[] = [];
  let place: Place | undefined = start;
  for (let asked = 0; place && rows.length < size && asked < patience; asked++) {
    const component = components[place.component];
    if (!component) return { rows, next: undefined };
    const { componentId } = component.versionedComponentId;
    const page = await golem.workersPage(componentId, {
      filter,
      count: size - rows.length,
      cursor: place.cursor,
      hazards: true,
    });
    rows.push(...page.workers.map((metadata) => ({ component: component.componentName, metadata })));
    place = following(place, page.next, components.length);
  }
  return { rows, next: place };
}

function following({ component }: Place, cursor: string | undefined, components: number): Place | undefined {
  if (cursor !== undefined) return { component, cursor };
  return component + 1 < components ? { component: component + 1 } : undefined;
}
