import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Finding } from "./lint/finding.js";

/** What a component was built of, kept beside it: wasm of one source differs from build to build, so its inputs tell. */
interface Fingerprint {
  files: string[];
  hash: string;
  /** What lint warned of, to be said again; files as above. */
  findings: Finding[];
}

/** The build's own code counts as an input, and through package.json the versions of its tools. */
const ownFiles = async () => [
  join(import.meta.dirname, "..", "package.json"),
  ...(await filesUnder(import.meta.dirname)).filter((name) => name.endsWith(".js")),
];

export async function filesUnder(folder: string | undefined): Promise<string[]> {
  if (!folder) return [];
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function hashOf(files: string[], world: string | undefined, dir: string): Promise<string> {
  const hash = createHash("sha256").update(world ?? "");
  for (const file of files) {
    const content = createHash("sha256")
      .update(await readFile(file).catch(() => "gone"))
      .digest("hex");
    hash.update(`${relative(dir, file)}\n${content}\n`);
  }
  return hash.digest("hex");
}

/** What was found when it was built, if the component is there and none of its inputs has changed, come or gone. */
export async function whenCurrent(
  wasm: string,
  given: string[],
  world: string | undefined,
  dir: string,
): Promise<Finding[] | undefined> {
  try {
    await stat(wasm);
    const { files, hash, findings } = JSON.parse(await readFile(`${wasm}.inputs.json`, "utf8")) as Fingerprint;
    const inputs = allFiles(
      files.map((file) => join(dir, file)),
      given,
      await ownFiles(),
    );
    return hash === (await hashOf(inputs, world, dir)) ? located(findings, (file) => join(dir, file)) : undefined;
  } catch {
    return undefined;
  }
}

export async function fingerprint(
  sources: string[],
  given: string[],
  world: string | undefined,
  dir: string,
  findings: Finding[],
): Promise<string> {
  const hash = await hashOf(allFiles(sources, given, await ownFiles()), world, dir);
  const files = [...new Set(sources)].map((file) => relative(dir, file)).sort();
  const found = located(findings, (file) => relative(dir, file));
  return JSON.stringify({ files, hash, findings: found } satisfies Fingerprint, null, 2);
}

const located = (findings: Finding[], place: (file: string) => string) =>
  findings.map((one) => ({ ...one, file: one.file && place(one.file) }));

const allFiles = (...lists: string[][]) => [...new Set(lists.flat())].sort();
