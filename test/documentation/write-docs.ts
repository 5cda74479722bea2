/** `npm run docs -w test`: everything in docs/ and in READMEs that is made, made anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { docsFile, markdown } from "../conformance/docs.js";
import { writeApi } from "./api.js";
import { root } from "./pages.js";

writeFileSync(docsFile, markdown());
await writeApi(join(root, "docs/api"));
