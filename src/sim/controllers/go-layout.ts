/** The Go types below PodTemplateSpec as trees of shapes, so that a JSON value can be walked as the Go value it decodes to. */
import { NAMED, STRUCTS } from "./go-layout.generated.ts";

export interface GoField {
  /** As Go names it. */
  name: string;
  /** The JSON key; the name for inline fields. */
  key: string;
  /** When its JSON is written: unless empty, always, unless the zero value, as part of the parent's object, never. */
  written: "nonempty" | "always" | "nonzero" | "inline" | "never";
  shape: GoShape;
}

/** `go` is the type as Go prints it (`map[string]string`, `*v1.Probe`). */
export type GoShape = { readonly go: string } & (
  | { readonly kind: "string" | "bool" | "int" | "quantity" | "time" | "intOrString" }
  | { readonly kind: "pointer" | "slice" | "map"; readonly of: GoShape }
  | { readonly kind: "struct"; readonly fields: readonly GoField[] }
);

const SPECIAL: Readonly<Record<string, "quantity" | "time" | "intOrString">> = {
  "resource.Quantity": "quantity",
  "meta/v1.Time": "time",
  "intstr.IntOrString": "intOrString",
};
const SCALARS: Readonly<Record<string, "string" | "bool" | "int">> = { string: "string", bool: "bool", int32: "int", int64: "int", uint8: "int" };

const shapes = new Map<string, GoShape>();

/** The shape of a type in the notation of the generated table: `core/v1.PodTemplateSpec`, `*int64`, `[]core/v1.Volume`. Read on first use. */
export function goShape(type: string): GoShape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    shape = readShape(type);
    shapes.set(type, shape);
  }
  return shape;
}

function readShape(type: string): GoShape {
  const go = printedName(type);
  if (type.startsWith("*")) return { go, kind: "pointer", of: goShape(type.slice(1)) };
  if (type.startsWith("[]")) return { go, kind: "slice", of: goShape(type.slice(2)) };
  if (type.startsWith("{")) return { go, kind: "map", of: goShape(type.slice(type.indexOf("}") + 1)) };
  const special = SPECIAL[type] ?? SCALARS[type];
  if (special !== undefined) return { go, kind: special };
  const named = NAMED[type];
  if (named !== undefined) return { ...goShape(named), go };
  const fields = STRUCTS[type];
  if (fields === undefined) throw new Error(`go-layout.generated.ts has no type ${type}`);
  return { go, kind: "struct", fields: fields === "" ? [] : fields.split(",").map(readField) };
}

function readField(text: string): GoField {
  const [name = "", json = "", type = ""] = text.split(" ");
  const shape = goShape(type);
  if (json === "=") return { name, key: name, written: "inline", shape };
  if (json === "-") return { name, key: name, written: "never", shape };
  if (json.endsWith("!")) return { name, key: json.slice(0, -1), written: "always", shape };
  if (json.endsWith("0")) return { name, key: json.slice(0, -1), written: "nonzero", shape };
  return { name, key: json, written: "nonempty", shape };
}

/** Go prints a package's last word only, and maps in full. */
function printedName(type: string): string {
  return type.replace(/\{([^}]*)\}/g, "map[$1]").replace(/\w+\/(?=\w+\.)/g, "");
}
