import { dirname, relative } from "node:path";
import ts from "typescript";
import type { Finding } from "./lint/finding.js";
import { lint } from "./lint/index.js";
import type { Place } from "./manifest.js";
import { BuildError, type Problem } from "./problem.js";
import { unexportedInterfaces } from "./unexported.js";
import type { WitFolder } from "./wit/folder.js";

/** What a guest has at run time: the language and web APIs, nothing of Node. */
export const guestOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
};

/** The language's own declarations, parsed once for all components of a process: they take a third of a second. */
const languageFiles = new Map<string, ts.SourceFile | undefined>();

function host(): ts.CompilerHost {
  const host = ts.createCompilerHost(guestOptions);
  const folder = dirname(host.getDefaultLibFileName(guestOptions));
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...how) => {
    if (dirname(file) !== folder) return getSourceFile(file, ...how);
    if (!languageFiles.has(file)) languageFiles.set(file, getSourceFile(file, ...how));
    return languageFiles.get(file);
  };
  return host;
}

/**
 * Type-checks the guest's source, holds its exports against the WIT, and lints it.
 * @param declarations the generated types
 * @param ephemeral where an application manifest says that the component is ephemeral
 * @returns the files that were read, the compiler's own and the generated left out; and what lint found
 */
export function checkSource(
  entry: string,
  wit: WitFolder,
  declarations: string[],
  ephemeral?: Place,
): { read: string[]; findings: Finding[] } {
  const program = ts.createProgram([entry, ...declarations], guestOptions, host());
  const generated = new Set(declarations.map((path) => path.replaceAll("\\", "/")));
  const read = program
    .getSourceFiles()
    .filter((file) => !program.isSourceFileDefaultLibrary(file) && !generated.has(file.fileName));
  const own = read.filter((file) => !program.isSourceFileFromExternalLibrary(file) && !file.isDeclarationFile);

  const syntax = own.flatMap((file) => program.getSyntacticDiagnostics(file));
  const diagnostics = syntax.length > 0 ? syntax : own.flatMap((file) => program.getSemanticDiagnostics(file));
  const unexported = unexportedInterfaces(diagnostics.map(textOf), wit);
  const problems = unexported.length > 0 ? unexported : diagnostics.map((one) => toProblem(one, wit));
  if (problems.length === 0) problems.push(...missingExports(program, entry, wit));
  if (problems.length > 0) throw new BuildError(problems);
  return { read: read.map(({ fileName }) => fileName), findings: lint(program, own, ephemeral) };
}

const textOf = ({ messageText }: ts.Diagnostic): string => ts.flattenDiagnosticMessageText(messageText, "\n");

function toProblem(diagnostic: ts.Diagnostic, wit: WitFolder): Problem {
  const { file, start, code } = diagnostic;
  const text = textOf(diagnostic);
  const what = `${text.replace(/ Do you need to install type definitions for node\?.*/, "")} (TS${code})`;
  if (!file || start === undefined) return { what };
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return { what, file: file.fileName, line: line + 1, column: character + 1, help: guestHelp(text, wit) };
}

function guestHelp(text: string, { file, world }: WitFolder): string | undefined {
  if (/type definitions for node|Cannot find module 'node:/.test(text)) {
    return "A component does not run in Node; it has web APIs and what its world imports (environment: wasi:cli/environment).";
  }
  const host = /Cannot find module '((?:golem|wasi):[^']+)'/.exec(text)?.[1];
  return host && `Add "import ${host};" to world ${world} in ${relative(process.cwd(), file)}.`;
}

/** Exports that the world asks for and the entry has not: whole interfaces, or functions of one. */
function missingExports(program: ts.Program, entry: string, wit: WitFolder): Problem[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const world = checker.getAmbientModules().find(({ name }) => name === `"${worldModule(wit)}"`);
  if (!file || !world) return [];
  const symbol = checker.getSymbolAtLocation(file);
  const given = new Map((symbol ? checker.getExportsOfModule(symbol) : []).map((one) => [one.name, one]));

  return checker.getExportsOfModule(world).flatMap((wanted): Problem[] => {
    const module = resolveAlias(checker, wanted);
    const functions = checker.getExportsOfModule(module).filter(({ flags }) => flags & ts.SymbolFlags.Function);
    if (functions.length === 0) return []; // an import of the world, or an interface of types alone
    if (module.name.startsWith('"') && !isExport(wanted)) return [];
    const specifier = module.name.replaceAll('"', "");
    const found = given.get(wanted.name);
    if (!found) {
      const body = functions.map(({ name }) => `${name}(…) {…}`).join(", ");
      return [
        {
          what: `no export "${wanted.name}", which world ${wit.world} exports`,
          file: entry,
          help: `Add to ${relative(process.cwd(), entry)}: export const ${wanted.name}: Guest<typeof import("${specifier}")> = { ${body} };`,
        },
      ];
    }
    const type = checker.getTypeOfSymbol(resolveAlias(checker, found));
    const node = found.declarations?.[0];
    return functions
      .filter(({ name }) => !type.getProperty(name))
      .map(({ name }): Problem => {
        const at = node?.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
        return {
          what: `"${wanted.name}" has no function "${name}", which interface ${specifier} declares`,
          file: node?.getSourceFile().fileName ?? entry,
          line: at && at.line + 1,
          column: at && at.character + 1,
          help: `Add ${name} to it: ${checker.typeToString(checker.getTypeOfSymbol(functions.find((one) => one.name === name) as ts.Symbol))}`,
        };
      });
  });
}

const resolveAlias = (checker: ts.TypeChecker, symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** jco writes imports as `export type * as …`. */
const isExport = (symbol: ts.Symbol) =>
  symbol.declarations?.some((node) => !ts.isTypeOnlyImportOrExportDeclaration(node)) ?? false;

function worldModule({ package: { name }, world }: WitFolder): string {
  const [bare, version] = name.split("@");
  return `${bare}/${world}${version ? `@${version}` : ""}`;
}
