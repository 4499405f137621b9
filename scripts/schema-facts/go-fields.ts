/**
 * What OpenAPI does not say and the wire shows: which zero values Go leaves out when it writes an object. Read from the struct tags of the published Go modules
 * (`k8s.io/api`, `apimachinery`, `apiextensions-apiserver`, `kube-aggregator`) in a module cache.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** `drop`: "", 0, false, [] and {} are not written. `null`: an absent time is written as null. `write`: always written. `pointer`: kept as given. */
export type ZeroRule = "drop" | "null" | "write" | "pointer";

interface GoField {
  json: string;
  type: string;
  omitempty: boolean;
  omitzero: boolean;
}

interface GoStruct {
  fields: GoField[];
  embedded: string[];
}

const SOURCES: readonly (readonly [string, string])[] = [
  ["api", "io.k8s.api"],
  ["apimachinery", "io.k8s.apimachinery"],
  ["apiextensions-apiserver/pkg/apis", "io.k8s.apiextensions-apiserver.pkg.apis"],
  ["kube-aggregator/pkg/apis", "io.k8s.kube-aggregator.pkg.apis"],
];

/** `moduleRoot` holds `api@v0.36.3`, `apimachinery@v0.36.3`, …; keys of the answer are `definition.field`. */
export function readZeroRules(moduleRoot: string, version: string): Map<string, ZeroRule> {
  const rules = new Map<string, ZeroRule>();
  for (const [path, prefix] of SOURCES) {
    const [module, ...rest] = path.split("/");
    const root = join(moduleRoot, `${module}@${version}`, ...rest);
    if (!existsSync(root)) throw new Error(`no Go sources at ${root}`);
    for (const directory of directories(root)) readPackage(directory, `${prefix}${directory.slice(root.length).replaceAll("/", ".")}`, rules);
  }
  return rules;
}

function directories(root: string): string[] {
  const inside = readdirSync(root).map((name) => join(root, name)).filter((path) => statSync(path).isDirectory() && !path.includes("testdata"));
  return [root, ...inside.flatMap(directories)];
}

function readPackage(directory: string, prefix: string, rules: Map<string, ZeroRule>): void {
  const structs = new Map<string, GoStruct>();
  for (const file of readdirSync(directory)) {
    if (file.endsWith(".go") && !file.endsWith("_test.go") && !file.startsWith("zz_") && !file.includes(".pb.")) parse(readFileSync(join(directory, file), "utf8"), structs);
  }
  for (const name of structs.keys()) {
    for (const field of flatten(name, structs)) {
      rules.set(`${prefix}.${name}.${field.json}`, ruleOf(field));
    }
  }
}

function flatten(name: string, structs: ReadonlyMap<string, GoStruct>): GoField[] {
  const struct = structs.get(name);
  if (!struct) return [];
  return [...struct.embedded.flatMap((embedded) => flatten(embedded, structs)), ...struct.fields];
}

function parse(source: string, structs: Map<string, GoStruct>): void {
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    const struct: GoStruct = { fields: [], embedded: [] };
    for (const line of body!.split("\n")) {
      const embedded = /^\t\*?([\w.]+)\s+`json:",inline/.exec(line);
      if (embedded) struct.embedded.push(embedded[1]!);
      const field = /^\t\w+\s+(\S.*?)\s+`json:"([\w$-]+)((?:,\w+)*)"/.exec(line);
      if (field && !field[3]!.includes("inline")) {
        struct.fields.push({ type: field[1]!, json: field[2]!, omitempty: field[3]!.includes("omitempty"), omitzero: field[3]!.includes("omitzero") });
      }
    }
    structs.set(name!, struct);
  }
}

function ruleOf(field: GoField): ZeroRule {
  if (/^(metav1\.)?(Time|MicroTime)$/.test(field.type)) return field.omitzero ? "pointer" : "null";
  if (!field.omitempty) return "write";
  return field.type.startsWith("*") ? "pointer" : "drop";
}
