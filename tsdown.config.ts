import { defineConfig } from "tsdown";

// Dependencies stay external: they are installed beside the package, and bundling only our own files keeps a build under a second or two.
export default defineConfig({
  entry: { main: "src/cli/main.ts", index: "src/index.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  dts: false,
  clean: true,
  sourcemap: true,
});
