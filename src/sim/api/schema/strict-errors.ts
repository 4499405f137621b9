/** Decodes an object as its kind, in place, and says what a strict reader objects to. */
import type { JsonObject, JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { objectMetaSchema } from "../../../objects/schema/schema-of.ts";
import type { TypeSchema } from "../../../objects/schema/type-schema.ts";
import { decodeObject } from "./decode-object.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { pruneCustomResource } from "./prune-custom-resource.ts";

export interface StrictErrors {
  /** `unknown field "spec.foo"`, `duplicate field "metadata.name"`: what follows `strict decoding error: `. */
  unknown: string[];
  /** What cannot be decoded at all: `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
  wrong: string[];
}

interface Decodable {
  schema: TypeSchema | undefined;
  custom?: { version: { schema?: { openAPIV3Schema?: Record<string, unknown> } } };
}

/** Changes `object`, a private copy, to what is stored: unknown fields dropped, canonical values. `text` is the JSON that it came from, if any. */
export function strictErrors(type: Decodable, object: KubeObject, text?: string): StrictErrors {
  const unknown: string[] = [];
  const wrong: string[] = [];
  if (type.custom !== undefined) {
    const paths = pruneCustomResource(type.custom.version.schema?.openAPIV3Schema ?? { "x-kubernetes-preserve-unknown-fields": true }, object);
    if (object.metadata !== undefined) {
      const decoded = decodeObject(objectMetaSchema(), object.metadata as unknown as JsonValue);
      if (decoded.typeError === undefined) object.metadata = decoded.value as unknown as KubeObject["metadata"];
      else wrong.push(decoded.typeError.replace("ObjectMeta.", "ObjectMeta.metadata."));
      paths.push(...decoded.unknownFields.map((path) => `metadata.${path}`));
    }
    unknown.push(...paths.sort().map((path) => `unknown field "${path}"`));
  } else if (type.schema?.kind === "object") {
    const decoded = decodeObject(type.schema, object as JsonValue);
    if (decoded.typeError !== undefined) wrong.push(decoded.typeError);
    else replaceWith(object, decoded.value as JsonObject);
    unknown.push(...decoded.unknownFields.map((path) => `unknown field "${path}"`));
  }
  if (text === undefined || !text.trimStart().startsWith("{")) return { unknown, wrong };
  const duplicates = duplicateFields(text).map((path) => `duplicate field "${path}"`);
  return { unknown: duplicates.length === 0 || unknown.length === 0 ? [...duplicates, ...unknown] : inOrderOfText([...duplicates, ...unknown], text), wrong };
}

/** Upstream's decoder reads once and names what it meets: a repeated field where it comes again, an unknown one where it stands. */
function inOrderOfText(messages: readonly string[], text: string): string[] {
  const placeOf = (message: string): number => {
    const key = JSON.stringify(/"(?:.*[.\]])?([^.[\]]*)"$/.exec(message)?.[1] ?? "");
    return message.startsWith("duplicate") ? text.lastIndexOf(key) : text.indexOf(key);
  };
  return [...messages].sort((a, b) => placeOf(a) - placeOf(b));
}

function replaceWith(object: KubeObject, value: JsonObject): void {
  if (value === (object as unknown)) return;
  for (const key of Object.keys(object)) if (!Object.hasOwn(value, key)) delete object[key];
  Object.assign(object, value);
}
