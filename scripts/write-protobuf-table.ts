/**
 * Writes src/sim/api/http/protobuf.generated.ts: how Kubernetes' Go types are numbered on the wire, read from their struct tags.
 * Usage: tsx scripts/write-protobuf-table.ts MODULES VERSION   (MODULES: a Go module cache's `k8s.io` folder; VERSION: v0.36.3)
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RESOURCES } from "../src/objects/schema/resource-facts.ts";

const [modules, version] = process.argv.slice(2);
if (modules === undefined || version === undefined) {
  console.error("usage: tsx scripts/write-protobuf-table.ts MODULES VERSION");
  process.exit(1);
}

interface GoField {
  number: number;
  json: string;
  isInline: boolean;
  isOmitted: boolean;
  type: string;
}

interface GoPackage {
  path: string;
  group: string | undefined;
  version: string;
  imports: Map<string, string>;
  structs: Map<string, GoField[]>;
  aliases: Map<string, { type: string; isMessage: boolean }>;
}

const packages = new Map<string, GoPackage>();

function readPackage(importPath: string, directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go") && !name.startsWith("zz_") && !name.startsWith("generated"));
  const found: GoPackage = { path: importPath, group: undefined, version: importPath.split("/").at(-1)!, imports: new Map(), structs: new Map(), aliases: new Map() };
  for (const file of files) {
    const text = readFileSync(join(directory, file), "utf8");
    const group = /const GroupName = "([^"]*)"/.exec(text);
    if (group !== null) found.group = group[1]!;
    for (const match of text.matchAll(/^\s*(?:(\w+)\s+)?"(k8s\.io\/[^"]+)"$/gm)) found.imports.set(match[1] ?? match[2]!.split("/").at(-1)!, match[2]!);
    for (const match of text.matchAll(/((?:^\/\/.*\n)*)^type (\w+) (struct \{\n([\s\S]*?)\n\}|struct ?\{\s*\}|[^\n{]+)$/gm)) {
      const [, comment, name, body, fields] = match as unknown as [string, string, string, string, string | undefined];
      if (fields === undefined) {
        if (/^struct ?\{\s*\}$/.test(body)) found.structs.set(name, []);
        else if (!body.startsWith("struct") && !body.startsWith("interface") && !body.startsWith("func")) found.aliases.set(name, { type: body.replace(/^= /, "").trim(), isMessage: comment.includes("protobuf.nullable=true") });
        continue;
      }
      const list: GoField[] = [];
      for (const line of fields.split("\n")) {
        if (/^\s*\/\//.test(line)) continue;
        const tagged = /^\s*(.*?)\s*`([^`]*)`/.exec(line);
        if (tagged === null) continue;
        const protobuf = /protobuf:"\w+,(\d+)(?:,(?:opt|req|rep))?(?:,casttype=[^,"]+|,castkey=[^,"]+)*(?:,name=(\w+))?/.exec(tagged[2]!);
        if (protobuf === null) continue;
        const json = /json:"([^"]*)"/.exec(tagged[2]!)?.[1] ?? "";
        const [jsonName, ...flags] = json.split(",");
        const words = tagged[1]!.trim().split(/\s+/);
        const type = words.length === 1 ? words[0]! : words.slice(1).join("");
        list.push({ number: Number(protobuf[1]), json: jsonName || (protobuf[2] ?? words[0]!), isInline: flags.includes("inline") || (jsonName === "" && words.length === 1), isOmitted: flags.includes("omitempty") || flags.includes("omitzero"), type });
      }
      if (list.length > 0 || body.includes("protobuf") || /^\s*$/.test(fields)) found.structs.set(name, list);
    }
  }
  packages.set(importPath, found);
}

function walk(importPath: string, directory: string): void {
  if (existsSync(join(directory, "types.go")) || existsSync(join(directory, "generated.pb.go"))) readPackage(importPath, directory);
  for (const name of readdirSync(directory)) if (statSync(join(directory, name)).isDirectory() && name !== "testdata") walk(`${importPath}/${name}`, join(directory, name));
}

walk("k8s.io/api", join(modules, `api@${version}`));
walk("k8s.io/apimachinery/pkg/apis/meta/v1", join(modules, `apimachinery@${version}/pkg/apis/meta/v1`));
walk("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", join(modules, `apiextensions-apiserver@${version}/pkg/apis/apiextensions/v1`));
walk("k8s.io/kube-aggregator/pkg/apis/apiregistration/v1", join(modules, `kube-aggregator@${version}/pkg/apis/apiregistration/v1`));

/** Messages whose JSON is not an object of their fields. */
const SPECIAL: Readonly<Record<string, string>> = {
  "k8s.io/apimachinery/pkg/api/resource.Quantity": "quantity",
  "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "intOrString",
  "k8s.io/apimachinery/pkg/apis/meta/v1.Time": "time",
  "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": "microTime",
  "k8s.io/apimachinery/pkg/apis/meta/v1.Duration": "duration",
  "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1": "raw",
  "k8s.io/apimachinery/pkg/runtime.RawExtension": "raw",
  "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON": "raw",
  "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool": "schemaOrBool",
  "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray": "schemaOrArray",
  "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray": "schemaOrStrings",
  "k8s.io/apimachinery/pkg/types.UID": "string",
  "k8s.io/apimachinery/pkg/types.NodeName": "string",
};
const SCALARS: Readonly<Record<string, string>> = { string: "string", bool: "bool", int32: "int", int64: "int", int: "int", uint32: "int", uint64: "int", float64: "double", byte: "byte", uint8: "byte" };

const names = new Map<string, string>();
const shortName = (full: string): string => {
  let short = names.get(full);
  if (short === undefined) {
    short = full.replace("k8s.io/apimachinery/pkg/apis/", "").replace("k8s.io/apiextensions-apiserver/pkg/apis/", "").replace("k8s.io/kube-aggregator/pkg/apis/", "").replace("k8s.io/api/", "");
    names.set(full, short);
  }
  return short;
};

/** `string`, `*string`, `[]string`, `{}string` (map), `meta/v1.ObjectMeta`, … */
function resolve(type: string, from: GoPackage): string {
  if (type.startsWith("*")) return `*${resolve(type.slice(1), from).replace(/^\*/, "")}`;
  if (type === "[]byte") return "bytes";
  if (type.startsWith("[]")) return `[]${resolve(type.slice(2), from).replace(/^\*/, "")}`;
  const map = /^map\[[\w.]+\](.+)$/.exec(type);
  if (map !== null) return `{}${resolve(map[1]!, from)}`;
  if (SCALARS[type] !== undefined) return SCALARS[type];
  const dot = type.indexOf(".");
  const path = dot < 0 ? from.path : (from.imports.get(type.slice(0, dot)) ?? type.slice(0, dot));
  const name = dot < 0 ? type : type.slice(dot + 1);
  const full = `${path}.${name}`;
  if (SPECIAL[full] !== undefined) return SPECIAL[full];
  const owner = packages.get(path);
  if (owner === undefined) throw new Error(`${from.path}: ${type}: unknown package ${path}`);
  const alias = owner.aliases.get(name);
  if (alias !== undefined) return alias.isMessage ? `items:${resolve(alias.type, owner).slice(2)}` : resolve(alias.type, owner);
  if (owner.structs.has(name)) return shortName(full);
  throw new Error(`${from.path}: cannot resolve ${type}`);
}

const messages = new Map<string, string>();
const kinds = new Map<string, string>();
for (const found of packages.values()) {
  for (const [name, fields] of found.structs) {
    if (SPECIAL[`${found.path}.${name}`] !== undefined) continue;
    try {
      const parts = fields.map((field) => `${field.number} ${field.json} ${resolve(field.type, found)}${field.isInline ? " inline" : field.isOmitted ? "" : " kept"}`);
      messages.set(shortName(`${found.path}.${name}`), parts.join(","));
    } catch (error) {
      console.error(`left out ${found.path}.${name}: ${(error as Error).message}`);
      continue;
    }
    const first = fields[0];
    if (found.group !== undefined && first?.json === "metadata" && first.number === 1 && !name.endsWith("List")) kinds.set(`${found.group ? `${found.group}/` : ""}${found.version} ${name}`, shortName(`${found.path}.${name}`));
  }
}
/** Only what the served kinds reach. */
const served = new Set(RESOURCES.flatMap(({ group, version, kind, subresources }) => [`${group ? `${group}/` : ""}${version} ${kind}`, ...subresources.map(({ kind: each }) => `${each.group ? `${each.group}/` : ""}${each.version} ${each.kind}`)]));
const reached = new Set<string>();
const reach = (name: string): void => {
  if (reached.has(name) || !messages.has(name)) return;
  reached.add(name);
  for (const part of messages.get(name)!.split(",")) reach((part.split(" ")[2] ?? "").replace(/^(\*|\[\]|\{\}|items:)+/, ""));
};
const lines: string[] = [];
const kindLines: string[] = [];
for (const [kind, name] of [...kinds].sort()) {
  if (!served.has(kind)) continue;
  reach(name);
  kindLines.push(`  ${JSON.stringify(kind)}: ${JSON.stringify(name)},`);
}
reach("meta/v1.DeleteOptions");
for (const name of [...reached].sort()) lines.push(`  ${JSON.stringify(name)}: ${JSON.stringify(messages.get(name))},`);
writeFileSync(
  "src/sim/api/http/protobuf.generated.ts",
  `// Generated by scripts/write-protobuf-table.ts from the Go types of Kubernetes ${version}. Do not edit.
// Kubernetes' API definitions are Apache-2.0, The Kubernetes Authors; only names and numbers are taken.

/** By message: \`NUMBER JSON-NAME TYPE [inline|kept]\`, comma separated. \`*\` pointer, \`[]\` repeated, \`{}\` map by string; kept: written even when empty. */
export const MESSAGES: Readonly<Record<string, string>> = {
${lines.join("\n")}
};

/** The message of each kind. */
export const KINDS: Readonly<Record<string, string>> = {
${kindLines.join("\n")}
};
`,
);
console.log(`${lines.length} messages, ${kindLines.length} kinds`);
