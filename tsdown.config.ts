import { defineConfig, type UserConfig } from "tsdown";
import { thirdPartyLicences } from "./scripts/third-party-licences.ts";

const common = { platform: "node", target: "node20.19", outDir: "dist", dts: false, sourcemap: true } satisfies UserConfig;

/** What starts the program, and what `homelab.ts` imports: small, and modules as others expect them. */
export const starter = { ...common, entry: { main: "src/cli/shipped-main.ts", "scenario-thread": "src/cli/prove/shipped-thread.ts", index: "src/index.ts" }, format: "esm", clean: true } satisfies UserConfig;

/**
 * The program. What `devDependencies` names and `src` imports is bundled: one file instead of hundreds halves the time until the first answer. What `dependencies` names
 * stays external and is installed beside the package: jiti finds its own files, undici, age-encryption and the curves under it are loaded only where they are needed, and two bring no
 * licence text to pass on. CommonJS, because compiled code can be kept of scripts, and of modules not on Node 20 (`src/cli/bundle-loader.ts`); what is imported late is required late, for
 * an `import()` in a script is an experiment there, and says so.
 */
export const program = { ...common, entry: { cli: "src/cli/cli.ts", "scenario-worker": "src/cli/prove/scenario-worker.ts" }, format: "cjs", outputOptions: { dynamicImportInCjs: false }, clean: false, plugins: [thirdPartyLicences()] } satisfies UserConfig;

export default defineConfig([starter, program]);
