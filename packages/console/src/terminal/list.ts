import type { Component, GolemClient, WorkerMetadata } from "golem-client";
import { type Outlook, outlook } from "../story/outlook.js";
import { deciderText, until } from "../story/words.js";
import { findComponent } from "./target.js";

/** What `golem-console list` takes. */
export interface ListOptions {
  status?: string;
  name?: string;
  limit: number;
  json?: true;
}

interface Listed {
  component: string;
  metadata: WorkerMetadata;
  outlook: Outlook;
}

/** Oplogs that are read at the same time. */
const atOnce = 8;

/** Lists the workers of one component or of all, each with what its oplog says about retries. */
export async function list(client: GolemClient, component: string | undefined, options: ListOptions): Promise<void> {
  const components = component ? [await findComponent(client, component)] : await latest(client);
  const { found, more } = await collect(client, components, options);
  if (options.json) return console.log(JSON.stringify(found, null, 2));
  if (found.length === 0)
    return console.log(`No worker${options.status || options.name ? " like that" : ""} at ${client.url}.`);
  console.log(table([head, ...found.map(row)]));
  if (more) console.log(`These are the first ${options.limit}. --limit shows more, --status and --name choose.`);
}

/** The latest version of each component. */
async function latest(client: GolemClient): Promise<Component[]> {
  const newest = new Map<string, Component>();
  for (const one of await client.components.list()) {
    const { componentId, version } = one.versionedComponentId;
    if (version >= (newest.get(componentId)?.versionedComponentId.version ?? 0)) newest.set(componentId, one);
  }
  return [...newest.values()];
}

async function collect(client: GolemClient, components: Component[], { status, name, limit }: ListOptions) {
  const filter = [...(status ? [`status = ${status}`] : []), ...(name ? [`name like ${name}`] : [])];
  const seen: { component: string; metadata: WorkerMetadata }[] = [];
  for (const { componentName, versionedComponentId } of components) {
    let cursor: string | undefined;
    do {
      const page = await client.workersPage(versionedComponentId.componentId, { filter, cursor });
      seen.push(...page.workers.map((metadata) => ({ component: componentName, metadata })));
      cursor = page.next;
    } while (cursor !== undefined && seen.length <= limit);
  }
  const found: Listed[] = [];
  for (let i = 0; i < Math.min(limit, seen.length); i += atOnce) {
    const some = seen.slice(i, Math.min(limit, i + atOnce));
    found.push(...(await Promise.all(some.map((one) => withOutlook(client, one)))));
  }
  return { found, more: seen.length > limit };
}

async function withOutlook(client: GolemClient, { component, metadata }: Omit<Listed, "outlook">): Promise<Listed> {
  const { componentId, workerName } = metadata.workerId;
  const entries = await client.worker(componentId, workerName).oplog();
  return { component, metadata, outlook: outlook(entries, metadata.status) };
}

const head = ["worker", "status", "retries", "next retry", "policy that decides"];

function row({ component, metadata, outlook: { retries, next, decider } }: Listed): string[] {
  const name = `${component}/${metadata.workerId.workerName}`;
  return [name, metadata.status, String(retries), next ? until(next, Date.now()) : "", deciderText(decider)];
}

function table(rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
