import { closestMatch } from "leven";

/** Finds the name that was probably meant: at most two letters differ, in a name of three letters one. */
export const nearest = (word: string, names: readonly string[]): string | undefined =>
  word.length < 3 ? undefined : closestMatch(word, names, { maxDistance: word.length < 4 ? 1 : 2 });

/** `Did you mean "record"?` */
export function didYouMean(word: string, names: readonly string[]): string | undefined {
  const found = nearest(word, names);
  return found && `Did you mean "${found}"?`;
}
