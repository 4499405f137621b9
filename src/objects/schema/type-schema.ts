/**
 * What is known about the shape of a value: the node types that merges, strict decoding and OpenAPI walk.
 * Built-in kinds (schema-of.ts) and custom resources (schema-from-crd.ts) are told in the same words.
 */
import type { JsonValue } from "../kube-object.ts";

export type ScalarKind =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "integer"
  | "number"
  | "byte"
  | "date-time"
  | "micro-time"
  | "duration"
  | "quantity"
  | "int-or-string"
  /** A string with a format that no one here interprets. */
  | "formatted";

export interface ScalarType {
  kind: "scalar";
  scalar: ScalarKind;
}

/** A value of any shape. `atomic` ones are owned whole; the others are deduced from the value, as structured-merge-diff does. */
export interface AnyType {
  kind: "any";
  atomic: boolean;
  /** True when the value must at least be an object (`RawExtension`, a free-form object). */
  objectOnly: boolean;
}

export interface ListType {
  kind: "list";
  items: TypeSchema;
  /** How server-side apply sees it. A list whose type nobody declared is atomic. */
  list: "atomic" | "set" | "map";
  /** For `map`: the fields that tell elements apart, in upstream's order. */
  keys: readonly string[];
}

export interface MapType {
  kind: "map";
  values: TypeSchema;
  atomic: boolean;
}

export interface ObjectType {
  kind: "object";
  /** `io.k8s.api.core.v1.PodSpec`; for custom resources undefined. */
  definition?: string;
  fields: ReadonlyMap<string, FieldSchema>;
  atomic: boolean;
  /** Fields that are not declared: refused (undefined), or of this type (`x-kubernetes-preserve-unknown-fields`). */
  unknownFields?: TypeSchema;
}

export type TypeSchema = ScalarType | AnyType | ListType | MapType | ObjectType;

export interface FieldSchema {
  name: string;
  type: TypeSchema;
  required: boolean;
  default?: JsonValue;
  enum?: readonly string[];
  /** What the API server's own encoding does with nothing: leaves "", 0, false, [] and {} out, writes null for an absent time, or writes the zero value. */
  zero?: "dropped" | "null" | "written";
  /** Strategic merge patch: `merge`, `replace`, `retainKeys`; empty where none is declared. */
  patchStrategies: readonly string[];
  patchMergeKey?: string;
}

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}
