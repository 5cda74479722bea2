/**
 * Golem's application manifest 1.1.1, as golem-cli 1.2.0 reads it: what its structs take (wasm-rpc-stubgen/src/model/app_raw.rs,
 * golem-cli/src/model/app_ext_raw.rs there), and what it checks when it has read all manifests (wasm-rpc-stubgen/src/model/app.rs).
 */
import { z } from "zod";

const command = z.strictObject({
  command: z.string().min(1),
  dir: z.string().optional(),
  rmdirs: z.array(z.string()).optional(),
  mkdirs: z.array(z.string()).optional(),
  sources: z.array(z.string()).optional(),
  targets: z.array(z.string()).optional(),
});

/** Of a component, `build` and `clean` are commands of golem-cli itself. */
const customCommands = z.record(
  z.string().refine((name) => !["build", "clean"].includes(name), "is a command of golem-cli: take another name"),
  z.array(command),
);

const properties = {
  sourceWit: z.string().optional(),
  generatedWit: z.string().optional(),
  componentWasm: z.string().optional(),
  linkedWasm: z.string().optional(),
  build: z.array(command).optional(),
  customCommands: customCommands.optional(),
  clean: z.array(z.string()).optional(),
  componentType: z.enum(["durable", "ephemeral"]).optional(),
  files: z
    .array(
      z.strictObject({
        sourcePath: z.string(),
        targetPath: z.string().startsWith("/"),
        permissions: z.enum(["read-only", "read-write"]).optional(),
      }),
    )
    .optional(),
};

const profiles = {
  profiles: z.record(z.string(), z.strictObject(properties)).optional(),
  defaultProfile: z.string().optional(),
};

const template = z.strictObject({ ...properties, ...profiles }).superRefine((found, { addIssue }) => {
  if (Boolean(found.profiles) !== Boolean(found.defaultProfile))
    addIssue("profiles and defaultProfile go together: give both, or none");
});

const component = z
  .strictObject({ template: z.string().optional(), ...properties, ...profiles })
  .superRefine((found, { addIssue }) => {
    if (found.template) return;
    if (Boolean(found.profiles) !== Boolean(found.defaultProfile))
      addIssue("profiles and defaultProfile go together: give both, or none");
    for (const each of found.profiles ? Object.values(found.profiles) : [found])
      for (const key of ["sourceWit", "generatedWit", "componentWasm"] as const)
        if (!each[key]) addIssue(`${key} is missing, and there is no template to give it`);
  });

export const manifest = z.strictObject({
  includes: z.array(z.string()).optional(),
  tempDir: z.string().optional(),
  witDeps: z.array(z.string()).optional(),
  templates: z.record(z.string(), template).optional(),
  components: z.record(z.string(), component).optional(),
  dependencies: z
    .record(z.string(), z.array(z.strictObject({ type: z.enum(["wasm-rpc", "static-wasm-rpc"]), target: z.string() })))
    .optional(),
  customCommands: z.record(z.string(), z.array(command)).optional(),
  clean: z.array(z.string()).optional(),
});

export type Manifest = z.infer<typeof manifest>;

/**
 * What golem-cli says against manifests that are each in order: some things may be in one of them only.
 * @param manifests by the names of their files
 */
export function conflicts(manifests: Record<string, Manifest>): string[] {
  const places = new Map<string, string[]>();
  for (const [file, found] of Object.entries(manifests)) {
    const keys = [
      ...(["includes", "tempDir", "witDeps"] as const).filter((key) => found[key] !== undefined),
      ...(["templates", "components", "customCommands"] as const).flatMap((key) =>
        Object.keys(found[key] ?? {}).map((name) => `${key}: ${name}`),
      ),
    ];
    for (const key of keys) places.set(key, [...(places.get(key) ?? []), file]);
  }
  const templates = new Set(Object.values(manifests).flatMap((found) => Object.keys(found.templates ?? {})));
  const unknown = Object.entries(manifests).flatMap(([file, { components = {} }]) =>
    Object.entries(components)
      .filter(([, { template }]) => template && !templates.has(template))
      .map(([name, { template }]) => `${file}: ${name} is of template ${template}, which there is none of`),
  );
  const twice = [...places].filter(([, files]) => files.length > 1);
  return [
    ...twice.map(([key, files]) => `${key} is in ${files.join(" and ")}: golem-cli takes it from one`),
    ...unknown,
  ];
}
