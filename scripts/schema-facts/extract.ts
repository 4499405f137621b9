/**
 * Reads OpenAPI v3, discovery and Table answers of an API server and writes `src/objects/schema/table.generated.ts`: facts, without prose.
 *
 *   tsx scripts/schema-facts/extract.ts --server https://127.0.0.1:6443 --token-file FILE [--insecure] --go-modules ~/go/pkg/mod/k8s.io
 *
 * The grammar of a definition's line is in `src/objects/schema/parse-definition.ts`, which reads it back.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readZeroRules } from "./go-fields.ts";
import { fetchJson, type Source } from "./source.ts";
import { renderDefinition, shortName, type OpenApiSchema } from "./render-definition.ts";

interface Discovery {
  items: { metadata: { name?: string }; versions: { version: string; resources: DiscoveredResource[] }[] }[];
}

interface DiscoveredKind {
  group: string;
  version: string;
  kind: string;
}

interface DiscoveredResource {
  resource: string;
  responseKind?: DiscoveredKind;
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string; responseKind?: DiscoveredKind; verbs: string[] }[];
}

interface LegacyResources {
  resources: { name: string; storageVersionHash?: string }[];
}

interface OpenApiDocument {
  components?: { schemas?: Record<string, OpenApiSchema> };
}

interface Table {
  columnDefinitions: { name: string; type: string; format: string; priority: number }[];
}

const OUTPUT = new URL("../../src/objects/schema/table.generated.ts", import.meta.url);
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

const gvPath = (group: string, version: string): string => (group === "" ? `api/${version}` : `apis/${group}/${version}`);

/** `served` are the kinds that the server's own definitions have: custom resources are left out. */
async function readResources(source: Source, served: ReadonlySet<string>): Promise<string[]> {
  const rows: string[] = [];
  for (const root of ["/api", "/apis"]) {
    const discovery = await fetchJson<Discovery>(source, root, AGGREGATED);
    for (const item of discovery.items) {
      const group = item.metadata.name ?? "";
      for (const { version, resources } of item.versions) {
        const legacy = await fetchJson<LegacyResources>(source, `/${gvPath(group, version)}`);
        const hashes = new Map(legacy.resources.map((resource) => [resource.name, resource.storageVersionHash]));
        for (const resource of resources) {
          const { responseKind } = resource;
          if (!responseKind || !served.has(`${responseKind.group || group}/${responseKind.version || version}/${responseKind.kind}`)) continue;
          rows.push(`  ${JSON.stringify(await resourceRow(source, group, version, resource, hashes.get(resource.resource)))},`);
        }
      }
    }
  }
  return rows;
}

async function resourceRow(source: Source, group: string, version: string, resource: DiscoveredResource, hash: string | undefined): Promise<object> {
  const kindText = (kind: DiscoveredKind | undefined): string =>
    kind === undefined ? "" : kind.version === "" ? kind.kind : `${kind.group}/${kind.version}/${kind.kind}`;
  let columns: string | undefined;
  if (resource.verbs.includes("list")) {
    const table = await fetchJson<Table>(source, `/${gvPath(group, version)}/${resource.resource}?limit=1`, TABLE);
    columns = table.columnDefinitions
      .map(({ name, type, format, priority }) => [name.replaceAll(" ", "_"), type, format, priority === 0 ? "" : priority].join(":").replace(/:+$/, ""))
      .join(" ");
  }
  return {
    group,
    version,
    kind: kindText(resource.responseKind),
    plural: resource.resource,
    singular: resource.singularResource,
    ...(resource.shortNames ? { shortNames: resource.shortNames.join(",") } : {}),
    ...(resource.categories ? { categories: resource.categories.join(",") } : {}),
    namespaced: resource.scope === "Namespaced",
    verbs: resource.verbs.join(","),
    ...(hash ? { storageVersionHash: hash } : {}),
    ...(resource.subresources
      ? { subresources: resource.subresources.map((sub) => `${sub.subresource} ${kindText(sub.responseKind)} ${sub.verbs.join(",")}`) }
      : {}),
    ...(columns ? { columns } : {}),
  };
}

async function readDefinitions(source: Source): Promise<Record<string, OpenApiSchema>> {
  const index = await fetchJson<{ paths: Record<string, { serverRelativeURL: string }> }>(source, "/openapi/v3");
  const definitions: Record<string, OpenApiSchema> = {};
  for (const [path, { serverRelativeURL }] of Object.entries(index.paths)) {
    if (!/^apis?\/.*v\d/.test(path)) continue;
    const document = await fetchJson<OpenApiDocument>(source, serverRelativeURL);
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) if (name.startsWith("io.k8s.")) definitions[name] = schema;
  }
  return definitions;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { server: { type: "string" }, "token-file": { type: "string" }, "go-modules": { type: "string" }, insecure: { type: "boolean", default: false } },
  });
  if (!values.server) throw new Error("say which API server to read: --server https://127.0.0.1:6443");
  if (!values["go-modules"]) throw new Error("say where Go's module cache has k8s.io: --go-modules ~/go/pkg/mod/k8s.io");
  if (values.insecure) process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  const source: Source = { server: values.server, ...(values["token-file"] ? { token: readFileSync(values["token-file"], "utf8").trim() } : {}) };
  const version = await fetchJson<{ gitVersion: string }>(source, "/version");
  const zeroRules = readZeroRules(values["go-modules"], version.gitVersion.replace(/^v1\./, "v0."));
  const definitions = await readDefinitions(source);
  const served = new Set(Object.values(definitions).flatMap((schema) => (schema["x-kubernetes-group-version-kind"] ?? []).map((gvk) => `${gvk.group}/${gvk.version}/${gvk.kind}`)));
  const rows = await readResources(source, served);
  const kinds: string[] = [];
  const lines: string[] = [];
  for (const name of Object.keys(definitions).sort()) {
    const schema = definitions[name]!;
    lines.push(`  ${JSON.stringify(shortName(name))}: ${JSON.stringify(renderDefinition(name, schema, zeroRules))},`);
    const gvks = schema["x-kubernetes-group-version-kind"] ?? [];
    // DeleteOptions and WatchEvent carry every group: one entry, in the core group, is enough.
    for (const gvk of gvks.length > 3 ? gvks.filter((one) => one.group === "" && one.version === "v1") : gvks) {
      kinds.push(`  ${JSON.stringify(`${gvk.group}/${gvk.version}/${gvk.kind}`)}: ${JSON.stringify(shortName(name))},`);
    }
  }
  const text = [
    `// Generated by scripts/schema-facts/extract.ts from an API server ${version.gitVersion}. Do not edit.`,
    "// Kubernetes' API definitions are Apache-2.0, The Kubernetes Authors; field descriptions are left out.",
    `export const tableVersion = ${JSON.stringify(version.gitVersion)};`,
    "",
    "interface ResourceRow { group: string; version: string; kind: string; plural: string; singular: string; shortNames?: string; categories?: string; namespaced: boolean; verbs: string; storageVersionHash?: string; subresources?: string[]; columns?: string }",
    "export const resources: readonly ResourceRow[] = [",
    ...rows,
    "];",
    "",
    "/** `group/version/Kind` to the name of its definition. */",
    "export const kinds: Readonly<Record<string, string>> = {",
    ...kinds.sort(),
    "};",
    "",
    "export const definitions: Readonly<Record<string, string>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
  writeFileSync(OUTPUT, text);
  console.error(`${rows.length} resources, ${lines.length} definitions, ${Math.round(text.length / 1024)} KB`);
}

await main();
