/**
 * Writes `src/manifests/platform/crd-schemas.generated.ts`: the structural schemas of the platform's kinds, read from the type declarations of the
 * `@kubernetes-models` packages. Run it again when one of those packages changes: `npx tsx scripts/platform-crds.ts`.
 * What the declarations do not say is not there: formats, patterns, defaults, CEL rules, and list types beside conditions.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = resolve(fileURLToPath(import.meta.url), "../..");
const MODULES = resolve(ROOT, "node_modules/@kubernetes-models");

/** Package, folder of the group and version, kinds. */
const SOURCES: [string, string, string[]][] = [
  ["traefik", "traefik.io/v1alpha1", ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "Middleware", "MiddlewareTCP", "ServersTransport", "ServersTransportTCP", "TLSOption", "TLSStore", "TraefikService"]],
  ["cert-manager", "cert-manager.io/v1", ["Certificate", "CertificateRequest", "ClusterIssuer", "Issuer"]],
  ["cert-manager", "acme.cert-manager.io/v1", ["Challenge", "Order"]],
  ["cloudnative-pg", "postgresql.cnpg.io/v1", ["Backup", "Cluster", "ClusterImageCatalog", "Database", "FailoverQuorum", "ImageCatalog", "Pooler", "Publication", "ScheduledBackup", "Subscription"]],
  ["gateway-api", "gateway.networking.k8s.io/v1", ["BackendTLSPolicy", "Gateway", "GatewayClass", "GRPCRoute", "HTTPRoute", "ListenerSet", "ReferenceGrant", "TLSRoute"]],
];

interface Schema {
  [keyword: string]: unknown;
}

const files = SOURCES.flatMap(([name, folder, kinds]) => kinds.map((kind) => resolve(MODULES, name, folder, `${kind}.d.ts`)));
const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true, skipLibCheck: true, noEmit: true });
const checker = program.getTypeChecker();

/** Shared schemas by name; a name is the model's own, without its leading I. */
const shared: Record<string, Schema> = {};
const names = new Map<ts.Type, string>();

const INT_OR_STRING: Schema = { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true };
const ANY: Schema = { "x-kubernetes-preserve-unknown-fields": true };

function aliasName(type: ts.Type): string | undefined {
  return type.aliasSymbol?.name ?? type.symbol?.name;
}

function schemaOf(type: ts.Type, node: ts.TypeNode | undefined): Schema {
  // A field's declared name says more than its shape: `ITime` is a string, `IQuantity` a union.
  const text = node === undefined ? "" : node.getText();
  if (/MetaV1(Micro)?Time$/.test(text)) return { type: "string", format: "date-time" };
  if (/ApiResourceQuantity$/.test(text) || /UtilIntstrIntOrString$/.test(text)) return INT_OR_STRING;
  if (/ApiextensionsV1JSON$/.test(text) || /RawExtension$/.test(text)) return ANY;
  if (type.isUnion()) {
    const members = type.types.filter((member) => !(member.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    if (members.every((member) => member.isStringLiteral())) return { type: "string", enum: members.map((member) => (member as ts.StringLiteralType).value) };
    if (members.every((member) => member.isNumberLiteral())) return { type: "integer", enum: members.map((member) => (member as ts.NumberLiteralType).value) };
    if (members.every((member) => member.flags & ts.TypeFlags.BooleanLiteral)) return { type: "boolean" };
    const isText = (member: ts.Type) => Boolean(member.flags & ts.TypeFlags.StringLike);
    const isNumber = (member: ts.Type) => Boolean(member.flags & ts.TypeFlags.NumberLike);
    if (members.every((member) => isText(member) || isNumber(member)) && members.some(isText) && members.some(isNumber)) return INT_OR_STRING;
    if (members.every(isText)) return { type: "string" };
    if (members.length === 1 && members[0] !== undefined) return schemaOf(members[0], undefined);
    return ANY;
  }
  if (type.isStringLiteral()) return { type: "string", enum: [type.value] };
  if (type.flags & ts.TypeFlags.StringLike) return { type: "string" };
  // The declarations have one word for numbers; none of these groups has a fraction.
  if (type.flags & ts.TypeFlags.NumberLike) return { type: "integer" };
  if (type.flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
  if (checker.isArrayType(type)) {
    const item = checker.getTypeArguments(type as ts.TypeReference)[0];
    const itemNode = node !== undefined && ts.isTypeReferenceNode(node) ? node.typeArguments?.[0] : undefined;
    return item === undefined ? ANY : { type: "array", items: schemaOf(item, itemNode) };
  }
  if (type.flags & ts.TypeFlags.Object) {
    const index = type.getStringIndexType();
    if (index !== undefined && type.getProperties().length === 0) {
      const literal = node !== undefined && ts.isTypeLiteralNode(node) ? node.members.find(ts.isIndexSignatureDeclaration)?.type : undefined;
      return { type: "object", additionalProperties: schemaOf(index, literal) };
    }
    return { $ref: shareObject(type) };
  }
  return ANY;
}

function shareObject(type: ts.Type): string {
  const known = names.get(type);
  if (known !== undefined) return known;
  const base = (aliasName(type) ?? "Inline").replace(/^I(?=[A-Z])/, "");
  let name = base === "__type" ? "Inline" : base;
  for (let count = 2; name in shared; count++) name = `${base === "__type" ? "Inline" : base}${count}`;
  names.set(type, name);
  shared[name] = {};
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const property of type.getProperties()) {
    const declaration = property.valueDeclaration;
    if (declaration === undefined || !ts.isPropertySignature(declaration)) continue;
    const schema = schemaOf(checker.getTypeOfSymbolAtLocation(property, declaration), declaration.type);
    const isConditions = property.name === "conditions" && schema.type === "array";
    properties[property.name] = isConditions ? { ...schema, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] } : schema;
    if (!(property.flags & ts.SymbolFlags.Optional)) required.push(property.name);
  }
  shared[name] = Object.keys(properties).length === 0 ? { type: "object", ...ANY } : { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
  return name;
}

interface Row { group: string; version: string; kind: string; spec?: string; status?: string; required: string[]; other?: Record<string, Schema> }
const rows: Row[] = [];
for (const [name, folder, kinds] of SOURCES) {
  const [group = "", version = ""] = folder.split("/");
  for (const kind of kinds) {
    const file = program.getSourceFile(resolve(MODULES, name, folder, `${kind}.d.ts`));
    if (file === undefined) throw new Error(`${name}/${folder}/${kind}: no declaration`);
    const declaration = file.statements.find((statement): statement is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(statement) && statement.name.text === `I${kind}`);
    if (declaration === undefined) throw new Error(`${name}/${folder}/${kind}: no interface I${kind}`);
    const row: Row = { group, version, kind, required: [] };
    for (const property of checker.getTypeAtLocation(declaration).getProperties()) {
      if (property.name === "spec" || property.name === "status") {
        const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(property, declaration));
        row[property.name] = shareObject(type);
        if (property.name === "spec" && !(property.flags & ts.SymbolFlags.Optional)) row.required.push("spec");
      }
    }
    rows.push(row);
  }
}

const text = `/** Structural schemas of the platform's kinds. Generated by scripts/platform-crds.ts from the declarations of @kubernetes-models; do not edit. */
export interface CrdSchemaRow { group: string; version: string; kind: string; spec?: string; status?: string; required: string[] }

/** Kinds with the names of their schemas. */
export const CRD_SCHEMA_ROWS: readonly CrdSchemaRow[] = [
${rows.map((row) => `  ${JSON.stringify(row)},`).join("\n")}
];

/** Schemas by name, as JSON text; \`{"$ref": NAME}\` stands for another of them. Parsed only when it is asked for. */
export const CRD_SCHEMAS: Readonly<Record<string, string>> = {
${Object.entries(shared).map(([name, schema]) => `  ${JSON.stringify(name)}: ${JSON.stringify(JSON.stringify(schema))},`).join("\n")}
};
`;
writeFileSync(resolve(ROOT, "src/manifests/platform/crd-schemas.generated.ts"), text);
console.log(`${rows.length} kinds, ${Object.keys(shared).length} schemas, ${Math.round(text.length / 1024)} KiB`);
