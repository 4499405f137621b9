/** What the bundles contain of other people's work: their licence texts, as a file beside the bundles. A package whose licence is not known to be compatible stops the build. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rolldown } from "tsdown";

export const LICENCES_FILE = "third-party-licences.txt";

/** What may be passed on under Apache-2.0. */
const COMPATIBLE = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);
const PACKAGE_DIRECTORY = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/@]+)[\\/]/;

/** The directory of the package a module comes from; undefined for our own. */
export function packageDirectory(moduleId: string): string | undefined {
  return PACKAGE_DIRECTORY.exec(moduleId)?.[1];
}

/** Name, version, licence and its text, as one section of the file. */
export function licenceSection(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { name: string; version: string; license?: string };
  if (license === undefined || !COMPATIBLE.has(license)) throw new Error(`${name} ${version} is bundled, and its licence (${license ?? "none named"}) is not among ${[...COMPATIBLE].join(", ")}: depend on it instead, or use another`);
  const file = readdirSync(directory).sort().find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} ${version} is bundled, and has no licence file to pass on`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(directory, file), "utf8").trim()}\n`;
}

export function thirdPartyLicences(): Rolldown.Plugin {
  return {
    name: "third-party-licences",
    generateBundle(_options, bundle) {
      const directories = new Set<string>();
      for (const output of Object.values(bundle)) {
        if (output.type !== "chunk") continue;
        for (const id of output.moduleIds) {
          const directory = packageDirectory(id);
          // Virtual modules of the bundler itself have no package.
          if (directory !== undefined && existsSync(join(directory, "package.json"))) directories.add(directory);
        }
      }
      const sections = [...directories].sort().map(licenceSection);
      this.emitFile({ type: "asset", fileName: LICENCES_FILE, source: sections.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}
