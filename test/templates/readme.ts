/** An app's README as that of a project of its own: what it links to in this repository stays behind. */
export function standaloneReadme(text: string): string {
  return text
    .replace(/<picture>[\s\S]*?<\/picture>\n+/g, "")
    .replace(/\[([^\]]*)\]\((?:\.\.\/)+[^)]*\)/g, "$1") // links out of the app
    .replace(/ (?:-w|--workspace)[ =][\w-]+/g, "") // npm's commands need no workspace where there is one package
    .replace(/^`npm run eject -- [^`]*` copies this app.* Start there with one of these:$/m, "Start with one of these:")
    .replace(/^cd (?:\S*\/)?apps\/\S+\n/gm, "");
}
