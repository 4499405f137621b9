/**
 * Takes the prose of the API's definitions and fields from the types of kubernetes-models (a development dependency, generated from Kubernetes' OpenAPI), for
 * `kubectl explain`: run by the build, written beside the program, not committed.
 *
 *   tsx scripts/schema-facts/descriptions.ts [dist/descriptions.json]
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { longName } from "../../src/objects/schema/parse-definition.ts";
import { definitions } from "../../src/objects/schema/table.generated.ts";

type Description = [string, Record<string, string>];

const fromHere = createRequire(import.meta.url);
const PACKAGES = ["kubernetes-models", "@kubernetes-models/apimachinery"];

/** `IoK8sApiCoreV1ServicePort`: how the package names `io.k8s.api.core.v1.ServicePort`. */
function modelName(definition: string): string {
  return definition.split(/[.-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function files(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (name === "_schemas" || name === "node_modules") return [];
    return statSync(path).isDirectory() ? files(path) : name.endsWith(".d.ts") && name !== "index.d.ts" ? [path] : [];
  });
}

/** The text of a JSDoc block, without the stars and the escapes that Markdown needed. */
function prose(block: string): string {
  return block
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .replace(/^\s*\n|\n\s*$/g, "")
    .replace(/\\([*_`<>[\]{}#@/])/g, "$1")
    .replace(/\n@deprecated\s*$/, "")
    .trim();
}

/** The interface of a model file: its full name, its prose, and that of its own fields (those indented once). */
function read(text: string): { name: string; description: Description } | undefined {
  const alias = /export type \{ I\w+ as I(\w+)/.exec(text)?.[1] ?? /export type \{ \w+ as I(\w+)/.exec(text)?.[1];
  const main = /(?:\/\*\*\n((?: \*[^\n]*\n)*?) \*\/\n)?export (?:interface|type) I(\w+)/.exec(text);
  const name = alias ?? main?.[2];
  if (!main || !name) return undefined;
  const fields: Record<string, string> = {};
  const body = text.slice(main.index, text.indexOf("\n}\n", main.index));
  for (const [, block, field] of body.matchAll(/\n {4}\/\*\*\n((?: {5}\*[^\n]*\n)*?) {5}\*\/\n {4}"([^"]+)"\??:/g)) fields[field!] = prose(block!);
  return { name, description: [prose(main[1] ?? ""), fields] };
}

function main(): void {
  const output = process.argv[2] ?? new URL("../../dist/descriptions.json", import.meta.url);
  const byModel = new Map<string, Description>();
  for (const name of PACKAGES) {
    for (const path of files(dirname(fromHere.resolve(`${name}/package.json`)))) {
      const model = read(readFileSync(path, "utf8"));
      if (model) byModel.set(model.name, model.description);
    }
  }
  const out: Record<string, Description> = {};
  for (const short of Object.keys(definitions)) {
    const name = longName(short);
    const description = byModel.get(modelName(name));
    if (description) out[name] = description;
  }
  writeFileSync(output, JSON.stringify(out));
  const missing = Object.keys(definitions).filter((short) => out[longName(short)] === undefined);
  if (missing.length > 0) console.error(`${missing.length} definitions have no description: ${missing.slice(0, 5).join(", ")}`);
}

main();
