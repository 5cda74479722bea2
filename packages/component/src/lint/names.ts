import ts from "typescript";
import { type Call, callInPlace, callTaking, innermost, isCall, isFunction, walk } from "./walk.js";

/** A function that this package knows, whatever the source calls it. */
export interface Known {
  /** `golem:api/host` and the like, without a version; `golem-retry`; or `lib`, the language and web APIs. */
  module: string;
  name: string;
  /** The class or interface that it is a member of. */
  owner?: string;
}

/** What the type checker knows about the names in a component's source. */
export interface Names {
  readonly checker: ts.TypeChecker;
  /** The component's own source files. */
  readonly files: readonly ts.SourceFile[];
  known(call: Call): Known | undefined;
  /** The function or class of the component's own that is called. */
  local(call: Call): ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration | undefined;
  /** The function of the component's own that an expression stands for. */
  localFunction(value: ts.Expression): ts.FunctionLikeDeclaration | undefined;
  symbol(node: ts.Node): ts.Symbol | undefined;
  /** What golem-retry calls the function or value that a name stands for. */
  retryExport(name: ts.Identifier): string | undefined;
  /** True for a callback that the call runs before it returns. */
  runsAtOnce(fn: ts.Node): boolean;
  /** The calls that run when the node does: not those in functions that are only made there. */
  callsIn(node: ts.Node): Call[];
  /** What a call comes to: itself, if known, or the known calls that functions of the component's own lead to. */
  reach(call: Call): { known: Known; call: Call; via?: string }[];
}

/** What names and calls stand for, whosever it is. */
function symbolsOf(program: ts.Program, files: readonly ts.SourceFile[]) {
  const checker = program.getTypeChecker();
  const retry = exportsOf("golem-retry");

  function exportsOf(module: string): Map<ts.Node, string> {
    const found = new Map<ts.Node, string>();
    for (const file of files) {
      walk(file, (node) => {
        if (!ts.isStringLiteral(node) || node.text !== module) return;
        const symbol = checker.getSymbolAtLocation(node);
        if (!symbol || !(symbol.flags & ts.SymbolFlags.Module)) return;
        for (const one of checker.getExportsOfModule(symbol)) {
          for (const declaration of aliased(one).declarations ?? []) found.set(declaration, one.name);
        }
      });
    }
    return found;
  }

  function aliased(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }

  function symbol(node: ts.Node): ts.Symbol | undefined {
    const found = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    return found && aliased(found);
  }

  /** The signature's declaration, which is the function itself also where a variable holds it. */
  function declarationOf(call: Call): ts.Node | undefined {
    const declaration = checker.getResolvedSignature(call)?.declaration;
    if (declaration && !ts.isFunctionTypeNode(declaration)) return declaration;
    const callee = innermost(call.expression);
    return symbol(ts.isPropertyAccessExpression(callee) ? callee.name : callee)?.declarations?.[0];
  }

  function known(call: Call): Known | undefined {
    const declaration = declarationOf(call);
    if (!declaration) return undefined;
    const name = nameOf(declaration);
    const owner = ts.isClassLike(declaration.parent) || ts.isInterfaceDeclaration(declaration.parent);
    const of = owner ? (declaration.parent as ts.ClassLikeDeclaration | ts.InterfaceDeclaration).name?.text : undefined;
    const module = ambientModule(declaration);
    if (module) return { module, name: name ?? of ?? "", owner: of };
    const exported = retry.get(declaration);
    if (exported) return { module: "golem-retry", name: exported };
    if (program.isSourceFileDefaultLibrary(declaration.getSourceFile())) {
      return { module: "lib", name: name ?? of ?? "", owner: of };
    }
    return undefined;
  }

  function retryExport(name: ts.Identifier): string | undefined {
    return symbol(name)
      ?.declarations?.map((one) => retry.get(one))
      .find(Boolean);
  }

  return { checker, symbol, declarationOf, known, retryExport };
}

export function namesOf(program: ts.Program, files: readonly ts.SourceFile[]): Names {
  const symbols = symbolsOf(program, files);
  const { symbol, declarationOf, known } = symbols;
  const own = new Set(files);

  function localFunction(value: ts.Expression): ts.FunctionLikeDeclaration | undefined {
    const bare = innermost(value);
    if (isFunction(bare)) return bare;
    const declaration = symbol(ts.isPropertyAccessExpression(bare) ? bare.name : bare)?.declarations?.[0];
    if (!declaration || !own.has(declaration.getSourceFile())) return undefined;
    if (isFunction(declaration)) return declaration;
    const made = ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration);
    const initializer = made ? declaration.initializer : undefined;
    return initializer && isFunction(innermost(initializer))
      ? (innermost(initializer) as ts.FunctionLikeDeclaration)
      : undefined;
  }

  function local(call: Call): ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration | undefined {
    const declaration = declarationOf(call);
    if (declaration && own.has(declaration.getSourceFile())) {
      if (ts.isConstructorDeclaration(declaration)) return declaration.parent;
      if (ts.isClassLike(declaration)) return declaration;
      if (isFunction(declaration)) return declaration.body ? declaration : undefined;
    }
    return localFunction(call.expression);
  }

  function runsAtOnce(fn: ts.Node): boolean {
    if (callInPlace(fn)) return true;
    const taking = callTaking(fn);
    if (!taking) return false;
    const { module, owner } = known(taking) ?? {};
    return module === "lib" && /^(Readonly)?(Array|Map|Set)(Constructor)?$|^PromiseConstructor$/.test(owner ?? "");
  }

  function callsIn(node: ts.Node): Call[] {
    const found: Call[] = [];
    walk(node, (at) => {
      if (at !== node && isFunction(at) && !runsAtOnce(at)) return false;
      if (isCall(at)) found.push(at);
    });
    return found;
  }

  function reach(call: Call, seen = new Set<ts.Node>()): ReturnType<Names["reach"]> {
    const direct = known(call);
    if (direct) return [{ known: direct, call }];
    const body = local(call);
    if (!body || callInPlace(body) || seen.has(body)) return []; // what is written in place is seen there
    seen.add(body);
    const via = innermost(call.expression).getText();
    const inner = partsOf(body).flatMap(callsIn);
    return inner.flatMap((one) => reach(one, seen).map((found) => ({ ...found, via })));
  }

  return { ...symbols, files, local, localFunction, runsAtOnce, callsIn, reach: (call) => reach(call) };
}

/** What runs when a function is called, or an object of a class is made. */
function partsOf(called: ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration): ts.Node[] {
  if (!ts.isClassLike(called)) return called.body ? [called.body] : [];
  return called.members.flatMap((member): ts.Node[] => {
    if (ts.isConstructorDeclaration(member)) return member.body ? [member.body] : [];
    const field = ts.isPropertyDeclaration(member) && !ts.getModifiers(member)?.some(isStatic);
    return field && member.initializer && !isFunction(innermost(member.initializer)) ? [member.initializer] : [];
  });
}

export const isStatic = ({ kind }: ts.Node) => kind === ts.SyntaxKind.StaticKeyword;

const nameOf = (declaration: ts.Node) => {
  const name = ts.getNameOfDeclaration(declaration as ts.Declaration);
  return name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
};

/** `golem:api/host` of a node in `declare module 'golem:api/host@1.1.0'`. */
export function ambientModule(node: ts.Node): string | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (!ts.isModuleDeclaration(at) || !ts.isStringLiteral(at.name)) continue;
    if (/^(golem|wasi):/.test(at.name.text)) return at.name.text.replace(/@.*/, "");
  }
  return undefined;
}
