/** `npm run docs`: what is made, in docs/ and in READMEs, made anew. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docsFile, markdown } from "../conformance/docs.js";
import { writeApi } from "./api.js";
import { renewed, scratch } from "./examples.js";
import { withFigures, writePicture } from "./figures.js";
import { pages, root, runsHere } from "./pages.js";
import { pictures, writePictures } from "./pictures.js";

writeFileSync(docsFile, markdown());
await writeApi(join(root, "docs/api"));
await writePictures(pictures);
for (const page of pages().filter(runsHere)) writeFileSync(join(root, page.path), withFigures(await renewed(page)));
writePicture();
rmSync(scratch, { recursive: true, force: true });
