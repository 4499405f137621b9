/**
 * Request bodies in Kubernetes' protobuf: `k8s\0`, an envelope that names the kind, and the message. Go clients (kubectl's `create` among them)
 * send it. Only reading is served; answers are JSON, which every client that sends protobuf also accepts.
 */
import { rfc3339, rfc3339Micro } from "../../../lib/rfc3339.ts";
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { badRequest } from "../status.ts";
import { KINDS, MESSAGES } from "./protobuf.generated.ts";

export const PROTOBUF_MEDIA_TYPE = "application/vnd.kubernetes.protobuf";
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
/** Deeper than any real object; a hostile one must not exhaust the stack. */
const DEPTH_MAX = 64;

interface Field {
  number: number;
  json: string;
  type: string;
  shape: "one" | "pointer" | "list" | "map";
  isInline: boolean;
  isKept: boolean;
}

type Raw = { wire: 0; value: bigint } | { wire: 1; value: Buffer } | { wire: 2; value: Buffer } | { wire: 5; value: Buffer };

/** Throws BadRequest for bytes that are not what they say. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(MAGIC)) throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  const envelope = readFields(body.subarray(4));
  const typeMeta = readFields(bytesOf(envelope, 1) ?? Buffer.alloc(0));
  const apiVersion = bytesOf(typeMeta, 1)?.toString("utf8") ?? "";
  const kind = bytesOf(typeMeta, 2)?.toString("utf8") ?? "";
  const message = KINDS[`${apiVersion} ${kind}`] ?? (kind === "DeleteOptions" ? "meta/v1.DeleteOptions" : undefined);
  if (message === undefined) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { kind, apiVersion, ...decodeMessage(message, bytesOf(envelope, 2) ?? Buffer.alloc(0), 0) };
}

const parsed = new Map<string, ReadonlyMap<number, Field>>();

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  let fields = parsed.get(message);
  if (fields === undefined) {
    const entries = (MESSAGES[message] ?? "").split(",").filter((part) => part !== "");
    fields = new Map(
      entries.map((entry) => {
        const [number, json, coded, flag] = entry.split(" ") as [string, string, string, string | undefined];
        const shape = coded.startsWith("*") ? "pointer" : coded.startsWith("[]") ? "list" : coded.startsWith("{}") ? "map" : "one";
        const type = shape === "pointer" ? coded.slice(1) : shape === "one" ? coded : coded.slice(2);
        return [Number(number), { number: Number(number), json, type, shape, isInline: flag === "inline", isKept: flag === "kept" }];
      }),
    );
    parsed.set(message, fields);
  }
  return fields;
}

function decodeMessage(message: string, bytes: Buffer, depth: number): JsonObject {
  if (depth > DEPTH_MAX) throw badRequest("proto: message is nested too deeply");
  const fields = fieldsOf(message);
  const object: JsonObject = {};
  for (const [number, raw] of readFields(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    if (field.shape === "list") {
      ((object[field.json] ??= []) as JsonValue[]).push(decodeValue(field.type, raw, depth));
      continue;
    }
    if (field.shape === "map") {
      const entry = readFields(expectBytes(raw));
      const value = entry.find(([each]) => each === 2)?.[1];
      const map = (object[field.json] ??= {}) as JsonObject;
      const key = bytesOf(entry, 1)?.toString("utf8") ?? "";
      Object.defineProperty(map, key, { value: decodeValue(field.type, value ?? { wire: 2, value: Buffer.alloc(0) }, depth), enumerable: true, writable: true, configurable: true });
      continue;
    }
    const value = decodeValue(field.type, raw, depth);
    if (field.isInline) Object.assign(object, value);
    else if (value !== null && (field.shape === "pointer" || field.isKept || !isZero(value))) object[field.json] = value;
  }
  return object;
}

/** What Go's `omitempty` leaves out. Empty structs stay, as Go writes them. */
function isZero(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false;
}

function decodeValue(type: string, raw: Raw, depth: number): JsonValue {
  switch (type) {
    case "string":
      return expectBytes(raw).toString("utf8");
    case "bool":
      return expectVarint(raw) !== 0n;
    case "int":
    case "byte":
      return Number(BigInt.asIntN(64, expectVarint(raw)));
    case "double":
      return expectBytes(raw).readDoubleLE(0);
    case "bytes":
      return expectBytes(raw).toString("base64");
    case "quantity":
      return bytesOf(readFields(expectBytes(raw)), 1)?.toString("utf8") ?? "0";
    case "intOrString": {
      const fields = readFields(expectBytes(raw));
      return (varintOf(fields, 1) ?? 0n) === 1n ? (bytesOf(fields, 3)?.toString("utf8") ?? "") : Number(BigInt.asIntN(64, varintOf(fields, 2) ?? 0n));
    }
    case "time":
    case "microTime": {
      const fields = readFields(expectBytes(raw));
      if (fields.length === 0) return null;
      const ms = Number(BigInt.asIntN(64, varintOf(fields, 1) ?? 0n)) * 1000 + Math.floor(Number(varintOf(fields, 2) ?? 0n) / 1e6);
      return type === "time" ? rfc3339(ms) : rfc3339Micro(ms);
    }
    case "duration":
      return `${Number(BigInt.asIntN(64, varintOf(readFields(expectBytes(raw)), 1) ?? 0n)) / 1e9}s`;
    case "raw": {
      const text = bytesOf(readFields(expectBytes(raw)), 1)?.toString("utf8") ?? "";
      return text === "" ? null : parseJson(text);
    }
    case "schemaOrBool": {
      const fields = readFields(expectBytes(raw));
      const schema = bytesOf(fields, 2);
      return schema === undefined ? (varintOf(fields, 1) ?? 0n) !== 0n : decodeMessage("apiextensions/v1.JSONSchemaProps", schema, depth + 1);
    }
    case "schemaOrArray": {
      const fields = readFields(expectBytes(raw));
      const schema = bytesOf(fields, 1);
      if (schema !== undefined) return decodeMessage("apiextensions/v1.JSONSchemaProps", schema, depth + 1);
      return fields.filter(([number]) => number === 2).map(([, each]) => decodeMessage("apiextensions/v1.JSONSchemaProps", expectBytes(each), depth + 1));
    }
    case "schemaOrStrings": {
      const fields = readFields(expectBytes(raw));
      const schema = bytesOf(fields, 1);
      if (schema !== undefined) return decodeMessage("apiextensions/v1.JSONSchemaProps", schema, depth + 1);
      return fields.filter(([number]) => number === 2).map(([, each]) => expectBytes(each).toString("utf8"));
    }
    default:
      if (type.startsWith("items:")) return readFields(expectBytes(raw)).map(([, each]) => decodeValue(type.slice("items:".length), each, depth + 1));
      if (type.startsWith("[]")) return [decodeValue(type.slice(2), raw, depth)];
      return decodeMessage(type, expectBytes(raw), depth + 1);
  }
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw badRequest("proto: an embedded JSON value is not valid JSON");
  }
}

function readFields(bytes: Buffer): [number, Raw][] {
  const fields: [number, Raw][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw badRequest("proto: integer overflow");
  };
  const take = (length: number): Buffer => {
    if (length < 0 || at + length > bytes.length) throw badRequest("unexpected EOF");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    switch (Number(key & 7n)) {
      case 0:
        fields.push([number, { wire: 0, value: varint() }]);
        break;
      case 1:
        fields.push([number, { wire: 1, value: take(8) }]);
        break;
      case 2:
        fields.push([number, { wire: 2, value: take(Number(varint())) }]);
        break;
      case 5:
        fields.push([number, { wire: 5, value: take(4) }]);
        break;
      default:
        throw badRequest(`proto: illegal wireType ${Number(key & 7n)}`);
    }
  }
  return fields;
}

function expectBytes(raw: Raw): Buffer {
  if (raw.wire === 0) throw badRequest("proto: wrong wireType = 0 for a message field");
  return raw.value;
}

function expectVarint(raw: Raw): bigint {
  if (raw.wire !== 0) throw badRequest(`proto: wrong wireType = ${raw.wire} for a number`);
  return raw.value;
}

function bytesOf(fields: readonly (readonly [number, Raw])[], number: number): Buffer | undefined {
  const found = fields.findLast(([each]) => each === number)?.[1];
  return found === undefined ? undefined : expectBytes(found);
}

function varintOf(fields: readonly (readonly [number, Raw])[], number: number): bigint | undefined {
  const found = fields.findLast(([each]) => each === number)?.[1];
  return found === undefined ? undefined : expectVarint(found);
}
