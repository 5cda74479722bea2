import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { rollup } from "rollup";

const host = "\0host";

/** Calls of the host are a class or a function, so that `new Bucket()` throws as `get()` does. */
const throwing = `
const fail = (name) => function () { throw new Error(name + " at the top level"); };
export const calls = new Proxy({}, { get: (_, name) => new Proxy(fail(String(name)), { get: (_, member) => fail(String(member)) }) });
`;

const banner = `
for (const [object, name] of [[Math, "random"], [crypto, "getRandomValues"], [crypto, "randomUUID"], [globalThis, "fetch"]])
  object[name] = () => { throw new Error(name + " at the top level"); };
`;

/**
 * The bundle once more, for a diagnosis: what it imports from the host throws, and so has a stack.
 * @returns its file, under generated/
 */
export async function trapBundle(bundle: string, dir: string): Promise<string> {
  const file = join(dir, "generated", "diagnosis", basename(bundle));
  const built = await rollup({
    input: bundle,
    onwarn: () => {},
    plugins: [
      {
        name: "throwing-host",
        resolveId: (id) => (/^(golem|wasi):/.test(id) ? { id: host, syntheticNamedExports: "calls" } : null),
        load: async (id) =>
          id === host
            ? throwing
            : { code: await readFile(id, "utf8"), map: JSON.parse(await readFile(`${id}.map`, "utf8")) },
      },
    ],
  });
  await built.write({ file, format: "es", sourcemap: true, banner });
  await built.close();
  return file;
}
