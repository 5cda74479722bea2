import { writeFileSync } from "node:fs";
import { docsFile, markdown } from "./docs.ts";

writeFileSync(docsFile, markdown());
