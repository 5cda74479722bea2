/** The guide's pages in reading order, and the links from each to its neighbours. */
import type { Page } from "./pages.js";

/** The files of the guide: the numbered list of docs/README.md, then the page for readers of Golem's own documentation. */
export function readingOrder(index: Page): string[] {
  const numbered = [...index.text.matchAll(/^\d+\. \[[^\]]+\]\(([^)]+)\)$/gm)].map(([, file]) => file as string);
  return [...numbered, "from-golem-documentation.md"];
}

const title = ({ text }: Page) => /^# (.*)$/m.exec(text)?.[1] ?? "";

/** The page with links to the previous and the next page of the guide at its end. Definitions of links come after them. */
export function withNeighbours(page: Page, all: readonly Page[]): string {
  const index = all.find(({ path }) => path === "docs/README.md") as Page;
  const order = readingOrder(index);
  const at = order.indexOf(page.path.replace("docs/", ""));
  if (at < 0 || !page.path.startsWith("docs/")) return page.text;
  const link = (way: string, file: string | undefined) => {
    const to = all.find(({ path }) => path === `docs/${file}`);
    return to ? [`${way} page: [${title(to)}](${file})`] : [];
  };
  const links = [...link("previous", order[at - 1]), ...link("next", order[at + 1]), "[all pages](README.md)"];
  const text = page.text.replace(/\n---\n\nGuide: .*\n/, "\n");
  const [, body = "", definitions = ""] = /^([\s\S]*?)((?:\n\[[^\]]+\]: .*)*\n?)$/.exec(text) ?? [];
  return `${body.trimEnd()}\n\n---\n\nGuide: ${links.join(" · ")}\n${definitions.trim() && `\n${definitions.trim()}\n`}`;
}
