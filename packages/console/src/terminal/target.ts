import { type Component, type GolemClient, GolemError, type Worker, type WorkerMetadata } from "golem-client";

/** A worker that is there. */
export interface Target {
  component: Component;
  worker: Worker;
  metadata: WorkerMetadata;
}

/** Something that the user can put right: its message is all there is to say. */
export class Complaint extends Error {}

/**
 * Finds the worker that `<component>/<worker>` names.
 * @throws Complaint that says which part is not there, and what is
 */
export async function findTarget(client: GolemClient, text: string): Promise<Target> {
  const at = text.lastIndexOf("/");
  if (at < 1 || at === text.length - 1)
    throw new Complaint(
      `${JSON.stringify(text)} names no worker. Write <component>/<worker>, for example http-caller/alice.`,
    );
  const component = await findComponent(client, text.slice(0, at));
  const { componentId } = component.versionedComponentId;
  const name = text.slice(at + 1);
  const worker = client.worker(componentId, name);
  try {
    return { component, worker, metadata: await worker.metadata() };
  } catch (error) {
    if (!(error instanceof GolemError) || error.status !== 404) throw error;
    const { workers } = await client.workersPage(componentId, { count: 10 });
    const names = workers.map(({ workerId }) => workerId.workerName);
    throw new Complaint(
      `${component.componentName} has no worker ${JSON.stringify(name)} at ${client.url}. ${among(names, "No worker is there yet. Invoking one makes it.")}`,
    );
  }
}

/** @throws Complaint that lists the components that are there */
export async function findComponent(client: GolemClient, name: string): Promise<Component> {
  const component = await client.components.find(name);
  if (component) return component;
  const names = [...new Set((await client.components.list()).map(({ componentName }) => componentName))];
  throw new Complaint(
    `There is no component ${JSON.stringify(name)} at ${client.url}. ${among(names, "Nothing has been uploaded there yet. Upload a component first.")}`,
  );
}

function among(names: string[], none: string): string {
  if (names.length === 0) return none;
  const shown = names.slice(0, 9).join(", ");
  return `There is ${shown}${names.length > 9 ? ", and more" : ""}.`;
}
