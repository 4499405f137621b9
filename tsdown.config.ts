import { defineConfig } from "tsdown";
import { thirdPartyLicences } from "./scripts/third-party-licences.ts";

// What `devDependencies` names and `src` imports is bundled: one file instead of hundreds halves the time until the first answer. What `dependencies` names
// stays external and is installed beside the package: jiti finds its own files, undici, age-encryption and the curves under it are loaded only where they are needed, and two bring no
// licence text to pass on.
export default defineConfig({
  entry: { main: "src/cli/main.ts", index: "src/index.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  dts: false,
  clean: true,
  sourcemap: true,
  plugins: [thirdPartyLicences()],
});
