/** `npm run docs`: what is made, in docs/ and in READMEs, made anew. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docsFile, markdown } from "../conformance/docs.js";
import { writeApi } from "./api.js";
import { renewed, scratch } from "./examples.js";
import { withFigures, writePicture } from "./figures.js";
import { withNeighbours } from "./guide.js";
import { pages, root, runsHere, withClaims } from "./pages.js";
import { pictures, writePictures } from "./pictures.js";

writeFileSync(docsFile, markdown());
await writeApi(join(root, "docs/api"));
await writePictures(pictures);
const all = pages();
for (const page of all) {
  const text = runsHere(page) ? withFigures(await renewed(page)) : page.text;
  writeFileSync(join(root, page.path), withClaims({ ...page, text: withNeighbours({ ...page, text }, all) }));
}
writePicture();
rmSync(scratch, { recursive: true, force: true });
