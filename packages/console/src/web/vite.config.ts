import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The console: static files without a hash in their names, so that whoever serves them can list them. */
export default defineConfig({
  base: "./",
  build: {
    outDir: fileURLToPath(new URL("../../dist/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    cssTarget: "chrome123",
    modulePreload: false,
    rolldownOptions: { output: { entryFileNames: "console.js", assetFileNames: "console[extname]" } },
  },
});
