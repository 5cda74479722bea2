export { bundle } from "./bundle.js";
export { checkSource } from "./check.js";
export { componentizeBundle } from "./engine.js";
export { writeGuestTypes } from "./guest-types.js";
export { ephemeralIn } from "./manifest.js";
export { witFolder, writeWit } from "./wit/folder.js";
