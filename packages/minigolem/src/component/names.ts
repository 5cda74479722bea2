/**
 * Which names a component may use. jco writes them into the JavaScript that it generates, some of them unescaped, so that a name
 * with a quote in it would be code.
 */

/** The outer form of a name; its words are looked at one by one, so that no name takes long. */
const nameForms = [
  /^(?:\[constructor\])?([\w-]+)$/,
  /^\[(?:method|static)\]([\w-]+)\.([\w-]+)$/,
  /^([\w-]+(?::[\w-]+)+(?:\/[\w-]+)+)(?:@\d+\.\d+\.\d+[\w.+-]*)?$/,
];
const firstWord = /^(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)$/;
const laterWord = /^(?:[0-9a-z]+|[0-9A-Z]+)$/;
/** Letters, digits, and punctuation that ends no string, template or comment of JavaScript. */
const coreName = /^[\w.:@/#|$[\]<>=,+&?~ -]*$/;

const longest = 1_000;
const shown = (name: string) => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

function isLabel(name: string): boolean {
  const [first = "", ...later] = name.split("-");
  return firstWord.test(first) && later.every((word) => laterWord.test(word));
}

/** @throws Error when a parameter, field, case or flag has a name that WIT does not allow */
export function checkLabel(name: string): void {
  if (name.length > longest || !isLabel(name))
    throw new Error(`${shown(name)} is no name: expected words of letters and digits, joined by "-"`);
}

/** @throws Error when an import or export has a name outside the component model's grammar */
export function checkName(name: string): void {
  const form = name.length > longest ? undefined : nameForms.map((form) => form.exec(name)).find((found) => found);
  const labels = form?.slice(1).flatMap((part) => part.split(/[:/]/)) ?? [];
  if (labels.length === 0 || !labels.every(isLabel))
    throw new Error(
      `${shown(name)} is no name of an import or export: expected one such as "run", "demo:app/api@1.0.0" or "[method]cart.add"`,
    );
}

/** @throws Error when a core module, or an instance of one, uses a name with other than plain characters */
export function checkCoreName(name: string): void {
  if (name.length > longest || !coreName.test(name))
    throw new Error(
      `a core module uses the name ${shown(name)}: minigolem takes letters, digits and plain punctuation only, because the name becomes part of a script`,
    );
}
