/** The errors that the packages throw with a text of their own, read from their source. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { root } from "./pages.js";
import { sourceFiles } from "./voice.js";

/** A place in the source that makes an error, or a problem of a build. */
export interface Thrown {
  /** The file, from the repository's root. */
  file: string;
  line: number;
  /** The message; `x` stands for what is put into it. */
  text: string;
}

const errors = /^(?:(?:Type|Range|Syntax)?Error|Complaint|StorageFault|InvalidArgumentError)$/;

/** All errors that are made in a folder or file. */
export function thrownIn(path: string): Thrown[] {
  return filesOf(path).flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023, true);
    return nodesOf(source).flatMap((node): Thrown[] => {
      if (!ts.isNewExpression(node) || !errors.test(node.expression.getText())) return [];
      const [message] = node.arguments ?? [];
      return message ? [{ ...placeOf(node, source), text: textOf(message, source) }] : [];
    });
  });
}

/** Problems of a build, which have their parts by name: those that leave one out. */
export function incompleteProblems(path: string): Thrown[] {
  return filesOf(path).flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023, true);
    return nodesOf(source).flatMap((node): Thrown[] => {
      if (!ts.isObjectLiteralExpression(node)) return [];
      const names = node.properties.flatMap(({ name }) => name?.getText() ?? []);
      if (!names.includes("what") || names.includes("rule") || names.includes("at") || names.includes("subject"))
        return [];
      const missing = ["file", "help"].filter((name) => !names.includes(name));
      return missing.length === 0
        ? []
        : [
            {
              ...placeOf(node, source),
              text: `${node.getText().split("\n")[1]?.trim() ?? node.getText()}: no ${missing.join(", no ")}`,
            },
          ];
    });
  });
}

const filesOf = (path: string) => (path.endsWith(".ts") ? [join(root, path)] : sourceFiles(join(root, path)));

function nodesOf(source: ts.SourceFile): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const placeOf = (node: ts.Node, source: ts.SourceFile) => ({
  file: relative(root, source.fileName),
  line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
});

/** What an expression says: its strings, those of constants of the file, and `x` for everything else. */
function textOf(node: ts.Node, source: ts.SourceFile): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text + node.templateSpans.map((span) => textOf(span.expression, source) + span.literal.text).join("")
    );
  if (ts.isBinaryExpression(node)) return `${textOf(node.left, source)}${textOf(node.right, source)}`;
  if (ts.isConditionalExpression(node)) return `${textOf(node.whenTrue, source)} ${textOf(node.whenFalse, source)}`;
  if (ts.isCallExpression(node)) return ["x", ...node.arguments.map((one) => textOf(one, source))].join(" ");
  if (ts.isPropertyAccessExpression(node)) {
    const property = nodesOf(source).find(
      (one): one is ts.PropertyAssignment =>
        ts.isPropertyAssignment(one) &&
        one.name.getText() === node.name.text &&
        ts.isVariableDeclaration(one.parent.parent) &&
        one.parent.parent.name.getText() === node.expression.getText(),
    );
    return property ? textOf(property.initializer, source) : "x";
  }
  if (!ts.isIdentifier(node)) return "x";
  const constant = nodesOf(source).find(
    (one): one is ts.VariableDeclaration =>
      ts.isVariableDeclaration(one) && one.name.getText() === node.text && one.initializer !== undefined,
  );
  const said =
    constant?.initializer && !ts.isCallExpression(constant.initializer) ? textOf(constant.initializer, source) : "x";
  return /[a-z] [a-z]/.test(said) ? `x ${said}` : "x";
}
