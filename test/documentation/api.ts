/** docs/api: a page and a report for each entry of the packages, from the declarations that they publish. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { root } from "./pages.js";

/** Something that can be imported from a package. */
export interface Entry {
  /** As it is imported, and as its `@module` names it: `golem-retry/policy`. */
  name: string;
  /** The package's folder. */
  folder: string;
  /** Its declarations, from the package's folder. */
  types: string;
}

interface Manifest {
  name: string;
  exports: Record<string, { types: string }>;
}

const tsconfig = join(root, "test/documentation/tsconfig.api.json");

/** Of all packages; a package's own entry comes after those that it exports again. */
export function entries(): Entry[] {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const folder = join(root, "packages", name);
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return Object.entries(manifest.exports)
      .map(([path, { types }]) => ({ name: join(manifest.name, path), folder, types }))
      .reverse();
  });
}

/** What stands in docs/api, made anew in a folder that may be there already. */
export async function writeApi(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const all = entries();
  await writePages(all, folder);
  writeReports(all, folder);
  const rows = all.map(({ name }) => `| \`${name}\` | [page](${name}.md) | [report](${name}.api.md) |`).sort();
  writeFileSync(join(folder, "README.md"), `${head}${rows.join("\n")}\n`);
}

const head = `# API

Made by \`npm run docs\` from the packages' comments; a test checks that it is up to date. A page explains, a report lists
signatures only: in a review, what changes for users is what changes there.

| import | what it does | for reviews |
|---|---|---|
`;

async function writePages(all: readonly Entry[], out: string): Promise<void> {
  const options: TypeDocOptions & Partial<PluginOptions> = {
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: all.map(({ folder, types }) => join(folder, types)),
    tsconfig: tsconfig,
    name: "API",
    readme: "none",
    disableSources: true,
    excludeReferences: true,
    excludeExternals: true, // what Error has is said elsewhere
    sort: ["source-order"],
    validation: { invalidLink: true, notExported: false },
    treatWarningsAsErrors: true,
    logLevel: "Warn",
    out, // or it would clear ./docs, its default
    outputs: [{ name: "markdown", path: out }],
    cleanOutputDir: false,
    outputFileStrategy: "modules",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    propertyMembersFormat: "table",
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (!project) throw new Error("typedoc could not read the declarations: is everything built (npm run build)?");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("typedoc has complaints: see above");
}

/** Signatures without comments, in the alphabet's order, and what exported types mention without exporting it. */
function writeReports(all: readonly Entry[], out: string): void {
  const scratch = join(out, ".report"); // it insists on a file name without folders
  mkdirSync(scratch);
  const configs = all.map((entry) => reportConfig(entry, scratch));
  // One program for all, as reading the declarations takes longest by far.
  const [first] = configs as [ExtractorConfig];
  const additionalEntryPoints = configs.map((config) => config.mainEntryPointFilePath);
  const compilerState = CompilerState.create(first, { additionalEntryPoints });
  all.forEach(({ name }, i) => {
    const { succeeded } = Extractor.invoke(configs[i] as ExtractorConfig, {
      compilerState,
      localBuild: true,
      messageCallback: (message) => {
        message.handled = message.logLevel !== ExtractorLogLevel.Error;
      },
    });
    if (!succeeded) throw new Error(`API Extractor has complaints about ${name}: see above`);
    const file = join(out, `${name}.api.md`);
    mkdirSync(dirname(file), { recursive: true });
    renameSync(join(scratch, "report.api.md"), file);
  });
  rmSync(scratch, { recursive: true });
}

function reportConfig({ folder, types }: Entry, reportFolder: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      newlineKind: "lf",
      compiler: { tsconfigFilePath: tsconfig },
      apiReport: { enabled: true, reportFileName: "report.api.md", reportFolder, reportTempFolder: reportFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
          "ae-missing-release-tag": { logLevel: ExtractorLogLevel.None },
          "ae-undocumented": { logLevel: ExtractorLogLevel.None }, // it is said where it is so
        },
      },
    },
  });
}
