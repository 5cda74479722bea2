import { fileURLToPath } from "node:url";

// Components are found from the folder in which the tests run.
process.chdir(fileURLToPath(new URL("component", import.meta.url)));
