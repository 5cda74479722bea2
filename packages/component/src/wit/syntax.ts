import { componentEmbed } from "@bytecodealliance/jco";
import { BuildError, positionOf } from "../problem.js";
import { didYouMean } from "../suggestion.js";
import { type Token, tokens } from "./scan.js";
import { keywords } from "./words.js";

/** What the WIT parser says of one file by itself; undefined if nothing. Packages it imports are unknown here. */
async function parserSays(source: string): Promise<string | undefined> {
  try {
    await componentEmbed({ witSource: source, dummy: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Throws at the first token that is no WIT. The parser names no place, but it reads from left to right: the shortest
 * text that it refuses with the same words ends in that token.
 */
export async function checkSyntax(source: string, file: string): Promise<void> {
  const what = await parserSays(source);
  if (!what || !/expected|unterminated|invalid/.test(what)) return;
  const words = tokens(source, 0, source.length);
  let [good, bad] = [0, words.length];
  while (!/found eof/.test(what) && bad - good > 1) {
    const middle = (good + bad) >> 1;
    if ((await parserSays(source.slice(0, words[middle - 1]?.end))) === what) bad = middle;
    else good = middle;
  }
  const at = words[bad - 1];
  const misspelt = [at, words[bad - 2]].find((word) => word && suggestion(word));
  const help = misspelt && suggestion(misspelt);
  throw new BuildError([{ what, file, ...positionOf(source, (misspelt ?? at)?.start ?? 0), help }]);
}

/** The parser stops after a misspelt keyword: it takes `recrod` for the name of a function, and then misses the colon. */
const suggestion = ({ text }: Token): string | undefined =>
  keywords.includes(text) ? undefined : didYouMean(text, keywords);
