import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

/** The playground as one file that opens without a server. */
export default defineConfig({
  plugins: [viteSingleFile()],
  build: {
    outDir: fileURLToPath(new URL("../../dist/web", import.meta.url)),
    emptyOutDir: false,
    target: "es2023",
    cssTarget: "chrome123",
    rolldownOptions: { input: fileURLToPath(new URL("playground.html", import.meta.url)) },
  },
});
