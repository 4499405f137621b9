/**
 * Writes src/sim/controllers/go-layout.generated.ts: how the Go structs below PodTemplateSpec are laid out, read from their sources.
 * Usage: tsx scripts/write-go-layout.ts MODULES VERSION   (MODULES: a Go module cache's `k8s.io` folder; VERSION: v0.36.3)
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [modules, version] = process.argv.slice(2);
if (modules === undefined || version === undefined) {
  console.error("usage: tsx scripts/write-go-layout.ts MODULES VERSION");
  process.exit(1);
}

/** The packages that are read, by the import path that Go files name them by; the short name ends as Go prints the type. */
const PACKAGES: Readonly<Record<string, { short: string; directory: string }>> = {
  "k8s.io/api/core/v1": { short: "core/v1", directory: `api@${version}/core/v1` },
  "k8s.io/apimachinery/pkg/apis/meta/v1": { short: "meta/v1", directory: `apimachinery@${version}/pkg/apis/meta/v1` },
  "k8s.io/apimachinery/pkg/types": { short: "types", directory: `apimachinery@${version}/pkg/types` },
};
const ROOT = "core/v1.PodTemplateSpec";
/** Printed and read by rules of their own. */
const SPECIAL: Readonly<Record<string, string>> = {
  "k8s.io/apimachinery/pkg/api/resource.Quantity": "resource.Quantity",
  "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "intstr.IntOrString",
  "k8s.io/apimachinery/pkg/apis/meta/v1.Time": "meta/v1.Time",
};
const SCALARS: Readonly<Record<string, string>> = { string: "string", bool: "bool", int32: "int32", int64: "int64", byte: "uint8" };

interface GoType {
  packagePath: string;
  imports: ReadonlyMap<string, string>;
  /** The lines between the braces of a struct, or what a named type stands for. */
  body: string;
  isStruct: boolean;
}

const types = new Map<string, GoType>();

for (const [packagePath, { directory }] of Object.entries(PACKAGES)) {
  const folder = join(modules, directory);
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".go") || file.endsWith("_test.go") || file.startsWith("zz_") || file.startsWith("generated")) continue;
    const text = readFileSync(join(folder, file), "utf8");
    // What is built only with a tag that releases do not set.
    if (/^\/\/go:build \w+$/m.test(text)) continue;
    const imports = new Map<string, string>();
    for (const match of text.matchAll(/^\s*(?:(\w+)\s+)?"(k8s\.io\/[^"]+)"$/gm)) imports.set(match[1] ?? match[2]!.split("/").at(-1)!, match[2]!);
    for (const match of text.matchAll(/^type (\w+) (?:struct \{\n([\s\S]*?)\n\}|(struct ?\{\s*\})|([^\n{=]+))$/gm)) {
      const [, name, fields, empty, named] = match;
      types.set(`${packagePath}.${name}`, { packagePath, imports, body: fields ?? (empty === undefined ? named!.trim() : ""), isStruct: named === undefined });
    }
  }
}

const named = new Map<string, string>();
const structs = new Map<string, string>();

/** `*T`, `[]T`, `{K}T` for a map; scalars and special types by name; everything else by short package and name, and written down. */
function resolve(type: string, from: GoType): string {
  if (type.startsWith("*")) return `*${resolve(type.slice(1), from)}`;
  if (type.startsWith("[]")) return `[]${resolve(type.slice(2), from)}`;
  const map = /^map\[([\w.]+)\](.+)$/.exec(type);
  if (map !== null) return `{${resolve(map[1]!, from)}}${resolve(map[2]!, from)}`;
  if (SCALARS[type] !== undefined) return SCALARS[type];
  const dot = type.indexOf(".");
  const path = dot < 0 ? from.packagePath : from.imports.get(type.slice(0, dot));
  const full = `${path}.${type.slice(dot + 1)}`;
  if (SPECIAL[full] !== undefined) return SPECIAL[full];
  const found = types.get(full);
  if (found === undefined) throw new Error(`${from.packagePath}: unknown type ${type}`);
  const short = `${PACKAGES[found.packagePath]!.short}.${type.slice(dot + 1)}`;
  if (structs.has(short) || named.has(short)) return short;
  if (found.isStruct) {
    structs.set(short, "");
    structs.set(short, fieldsOf(found));
  } else {
    named.set(short, "");
    named.set(short, resolve(found.body, found));
  }
  return short;
}

function fieldsOf(struct: GoType): string {
  const fields: string[] = [];
  for (const line of struct.body.split("\n")) {
    const match = /^\s*(?!\/\/)(\S[^`]*?)\s*(?:`([^`]*)`)?\s*(?:\/\/.*)?$/.exec(line);
    if (match === null) continue;
    const words = match[1]!.split(/\s+/);
    const type = words.length === 1 ? words[0]! : words.slice(1).join("");
    const name = words.length === 1 ? type.replace(/^\*/, "").split(".").at(-1)! : words[0]!;
    const [jsonName = "", ...flags] = (/json:"([^"]*)"/.exec(match[2] ?? "")?.[1] ?? "").split(",");
    const isInline = flags.includes("inline") || (words.length === 1 && jsonName === "");
    const json = isInline ? "=" : flags.includes("omitzero") ? `${jsonName}0` : flags.includes("omitempty") ? jsonName : `${jsonName || name}!`;
    fields.push(`${name} ${jsonName === "-" ? "-" : json} ${resolve(type, struct)}`);
  }
  return fields.join(",");
}

const core = "k8s.io/api/core/v1";
resolve("PodTemplateSpec", { packagePath: core, imports: new Map(), body: "", isStruct: true });
const table = (entries: ReadonlyMap<string, string>): string => [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`).join("\n");

writeFileSync(
  "src/sim/controllers/go-layout.generated.ts",
  `// Generated by scripts/write-go-layout.ts from the Go types of Kubernetes ${version}. Do not edit.
// Kubernetes' API definitions are Apache-2.0, The Kubernetes Authors; only names and types are taken.

/**
 * The fields of each struct that ${ROOT} reaches, in Go's order: \`NAME JSON TYPE\`, comma separated.
 * JSON: the key when written unless empty, \`KEY!\` always written, \`KEY0\` written unless zero, \`=\` inline, \`-\` never. TYPE: \`*\` pointer, \`[]\` slice, \`{KEY}VALUE\` map.
 */
export const STRUCTS: Readonly<Record<string, string>> = {
${table(structs)}
};

/** What the other named types stand for. */
export const NAMED: Readonly<Record<string, string>> = {
${table(named)}
};
`,
);
console.log(`${structs.size} structs, ${named.size} named types`);
