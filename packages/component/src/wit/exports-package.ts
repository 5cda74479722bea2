import { BuildError, positionOf } from "../problem.js";
import { type Statement, statements } from "./scan.js";

/** A main package taken apart as golem-cli does before it builds. Each line stays where it was in the source. */
export interface SplitPackage {
  /** `demo:http-caller`, with its version if it has one. */
  name: string;
  worlds: { name: string; line: number; column: number }[];
  /** The main package less what is exported. */
  main: string;
  /** The package `<name>-exports`; undefined if nothing of the main package is exported. */
  exports?: { name: string; text: string };
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

const spell = (head: Statement["head"]) => head.map(({ text }) => text).join("");

function apply(source: string, edits: Edit[]): string {
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: instead }) => text.slice(0, start) + instead + text.slice(end), source);
}

const blank = (source: string, start: number, end: number): Edit => ({
  start,
  end,
  text: source.slice(start, end).replace(/[^\n]/g, " "),
});

type Position = ReturnType<typeof positionOf> & { file: string };

/** @throws BuildError when no package is named */
function declaredPackage(items: readonly Statement[], file: string): Statement {
  const declared = items.find(({ keyword }) => keyword === "package");
  if (declared) return declared;
  throw new BuildError([
    { what: "no package is named", file, line: 1, help: 'Begin it with "package <namespace>:<name>;".' },
  ]);
}

const usesOther = ({
  name,
  from,
  exportsName,
  at,
}: {
  name: string;
  from: string;
  exportsName: string;
  at: Position;
}) =>
  new BuildError([
    {
      what: `"${name}" is exported and uses "${from}", which is not`,
      file: at.file,
      line: at.line,
      column: at.column,
      help: `Exported interfaces move to package ${exportsName}: declare the types in "${name}", export "${from}" too, or move it to wit/deps.`,
    },
  ]);

const writtenInside = ({ head }: Statement, at: Position) =>
  new BuildError([
    {
      what: "an interface written inside the world is exported",
      file: at.file,
      line: at.line,
      column: at.column,
      help: `Move it out: "interface ${head[0]?.text} {…}" at the top level, and "export ${head[0]?.text};" here.`,
    },
  ]);

const exportsAmong = (members: readonly Statement[]) =>
  members.filter(({ keyword }) => keyword === "export").map(({ head }) => spell(head));

/**
 * Moves the interfaces that a world exports into the package `<name>-exports`. Functions that the world exports by themselves go into
 * an interface `<world>-inline-functions` there. golem-cli 1.2 `app build` does so
 * (`extract_exports_as_wit_dep`), and names of functions in Golem's API follow from it.
 */
export function splitExports(source: string, file: string): SplitPackage {
  const items = statements(source);
  const declared = declaredPackage(items, file);
  const name = spell(declared.head);
  const [bare = name, version] = name.split("@");
  const suffix = version ? `@${version}` : "";
  const exportsName = `${bare}-exports`;
  const inExports = (interfaceName: string) => `${exportsName}/${interfaceName}${suffix}`;

  const interfaces = new Map(
    items.filter(({ keyword }) => keyword === "interface").map((item) => [spell(item.head), item]),
  );
  const worlds = items.filter(({ keyword }) => keyword === "world");
  const within = ({ body }: Statement) => (body ? statements(source, body.start, body.end) : []);
  const members = new Map(worlds.map((world) => [world, within(world)]));
  const exported = new Set(exportsAmong([...members.values()].flat()).filter((name) => interfaces.has(name)));

  for (const name of exported) {
    const declaration = interfaces.get(name);
    for (const { keyword, head, keywordAt } of declaration ? within(declaration) : []) {
      const from = head[0]?.text ?? "";
      if (keyword !== "use" || !interfaces.has(from) || exported.has(from)) continue;
      throw usesOther({ name, from, exportsName, at: { file, ...positionOf(source, keywordAt) } });
    }
  }

  const main: Edit[] = [];
  const moved: Edit[] = [];
  let any = exported.size > 0;

  for (const item of items) {
    if (item === declared) {
      const [first, last] = [declared.head[0], declared.head.at(-1)];
      if (first && last) moved.push({ start: first.start, end: last.end, text: `${exportsName}${suffix}` });
    } else if (item.keyword === "interface") {
      (exported.has(spell(item.head)) ? main : moved).push(blank(source, item.start, item.end));
    } else if (item.keyword === "world") {
      any = splitWorld(item) || any;
    }
  }

  function splitWorld(world: Statement): boolean {
    const inner = members.get(world) ?? [];
    const functions: Statement[] = [];
    for (const member of inner) {
      const spelled = spell(member.head);
      if (member.keyword === "export" && /^[\w%-]+:(async)?func/.test(spelled)) functions.push(member);
      else if (member.keyword === "export" && /^[\w%-]+:interface$/.test(spelled)) {
        throw writtenInside(member, { file, ...positionOf(source, member.keywordAt) });
      } else if (["export", "import"].includes(member.keyword) && exported.has(spelled)) {
        const target = member.head[0];
        if (target) main.push({ start: target.start, end: target.end, text: inExports(spelled) });
      } else if (member.keyword === "use" && member.head[0] && exported.has(member.head[0].text)) {
        main.push({ start: member.head[0].start, end: member.head[0].end, text: inExports(member.head[0].text) });
      }
    }
    const worldName = spell(world.head);
    if (functions.length === 0 || !world.body) {
      moved.push(blank(source, world.start, world.end));
      return false;
    }
    const inline = `${worldName}-inline-functions`;
    for (const member of functions) main.push(blank(source, member.start, member.end));
    main.push({ start: world.body.end, end: world.body.end, text: `export ${inExports(inline)};` });
    moved.push({ start: world.keywordAt, end: world.body.start, text: `interface ${inline} {` });
    for (const member of inner) {
      if (functions.includes(member)) {
        moved.push({ start: member.keywordAt, end: member.keywordAt + "export".length, text: "" });
      } else if (member.keyword !== "use") moved.push(blank(source, member.start, member.end));
    }
    return true;
  }

  return {
    name,
    worlds: worlds.map((world) => ({ name: spell(world.head), ...positionOf(source, world.keywordAt) })),
    main: apply(source, main),
    exports: any ? { name: exportsName, text: apply(source, moved) } : undefined,
  };
}
