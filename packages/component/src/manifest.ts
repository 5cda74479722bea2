import { readFile } from "node:fs/promises";
import { type Document, isMap, isScalar, parseDocument, type Scalar } from "yaml";
import { BuildError, positionOf } from "./problem.js";

/** A place in an application manifest; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/**
 * Finds where the manifests say that a component is ephemeral: in the component, in one of its profiles, or in its template.
 * @param name the package of the component's WIT, without a version
 * @throws BuildError if a manifest is not YAML
 */
export async function ephemeralIn(manifests: readonly string[], name: string): Promise<Place | undefined> {
  const all = await Promise.all(manifests.map(read));
  const component = typesAt(all, ["components", name]);
  const template = all.map(({ document }) => document.getIn(["components", name, "template"])).find(Boolean);
  const types = component.length > 0 || !template ? component : typesAt(all, ["templates", `${template}`]);
  return types.find(({ type }) => type === "ephemeral");
}

interface Manifest {
  file: string;
  text: string;
  document: Document;
}

async function read(file: string): Promise<Manifest> {
  const text = await readFile(file, "utf8");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (!error) return { file, text, document };
  const [what] = error.message.split(/:?\n/);
  throw new BuildError([{ what: `no YAML: ${what}`, file, ...positionOf(text, error.pos[0]) }], { cause: error });
}

/** What is said of the component type of a component or template, and in its profiles. */
function typesAt(manifests: readonly Manifest[], path: string[]): (Place & { type: unknown })[] {
  return manifests.flatMap(({ file, text, document }) => {
    const profiles = document.getIn([...path, "profiles"]);
    const names = isMap(profiles) ? profiles.items.map(({ key }) => String(key)) : [];
    return [path, ...names.map((name) => [...path, "profiles", name])].flatMap((at) => {
      const node = document.getIn([...at, "componentType"], true);
      return isScalar(node) ? [{ type: node.value, file, ...positionOf(text, startOf(node)) }] : [];
    });
  });
}

const startOf = ({ range }: Scalar) => range?.[0] ?? 0;
