/**
 * The v2 document in protobuf (`openapi.v2.Document` of gnostic's OpenAPIv2.proto), the only form in which kubectl reads it: to judge by itself
 * what no server-side validation covers, a `kind: List` or an unknown kind. Only writing is served.
 */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";

/** The field `number` with its key, as often as it occurs. */
type Writer = (number: number, value: JsonValue) => Buffer[];
type Encoder = (value: JsonValue) => Buffer;

const WIRE_VARINT = 0;
const WIRE_64_BIT = 1;
const WIRE_LENGTH = 2;

export function encodeSwagger(document: JsonObject): Buffer {
  return DOCUMENT(document);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function key(number: number, wire: number): Buffer {
  return varint(number * 8 + wire);
}

function delimited(number: number, bytes: Buffer): Buffer[] {
  return [key(number, WIRE_LENGTH), varint(bytes.length), bytes];
}

const text: Writer = (number, value) => delimited(number, Buffer.from(String(value)));
const flag: Writer = (number, value) => (value === true ? [key(number, WIRE_VARINT), varint(1)] : []);
const integer: Writer = (number, value) => [key(number, WIRE_VARINT), varint(Number(value))];

const double: Writer = (number, value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(value));
  return [key(number, WIRE_64_BIT), bytes];
};

/** Encoders that refer to each other are looked up when they are used. */
function message(encoder: () => Encoder): Writer {
  return (number, value) => delimited(number, encoder()(value));
}

function each(writer: Writer): Writer {
  return (number, value) => (Array.isArray(value) ? value : [value]).flatMap((item) => writer(number, item));
}

/** A map as upstream has it: repeated pairs of a name (1) and a value (2). */
function named(writer: Writer): Writer {
  return (number, value) => Object.entries(value as JsonObject).flatMap(([name, child]) => delimited(number, Buffer.concat([...text(1, name), ...writer(2, child)])));
}

/** A message of one field, which holds the whole value. */
function within(number: number, writer: Writer): Encoder {
  return (value) => Buffer.concat(writer(number, value));
}

/** What may be anything is YAML in a message of its own; JSON is YAML. */
const any = message(() => within(2, (number, value) => text(number, JSON.stringify(value))));
const texts = each(text);

/** `extensions`: the number of the field for what begins with `x-`. Fields that the message does not know are left out. */
function object(fields: Readonly<Record<string, readonly [number, Writer]>>, extensions?: number): Encoder {
  return (value) =>
    Buffer.concat(
      Object.entries(value as JsonObject).flatMap(([name, child]) => {
        if (child === undefined || child === null) return [];
        if (extensions !== undefined && name.startsWith("x-")) return named(any)(extensions, { [name]: child });
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
        return field === undefined ? [] : field[1](field[0], child);
      }),
    );
}

const schema = message(() => SCHEMA);
const docs = message(() => object({ description: [1, text], url: [2, text] }, 3));

const SCHEMA: Encoder = object(
  {
    $ref: [1, text], format: [2, text], title: [3, text], description: [4, text], default: [5, any], multipleOf: [6, double], maximum: [7, double], exclusiveMaximum: [8, flag],
    minimum: [9, double], exclusiveMinimum: [10, flag], maxLength: [11, integer], minLength: [12, integer], pattern: [13, text], maxItems: [14, integer], minItems: [15, integer], uniqueItems: [16, flag],
    maxProperties: [17, integer], minProperties: [18, integer], required: [19, texts], enum: [20, each(any)],
    additionalProperties: [21, message(() => (value) => typeof value === "boolean" ? Buffer.concat([key(2, WIRE_VARINT), varint(value ? 1 : 0)]) : within(1, schema)(value))],
    type: [22, message(() => within(1, texts))], items: [23, message(() => within(1, each(schema)))], allOf: [24, each(schema)],
    properties: [25, message(() => within(1, named(schema)))], discriminator: [26, text], readOnly: [27, flag], externalDocs: [29, docs], example: [30, any],
  },
  31,
);

const BODY = object({ description: [1, text], name: [2, text], in: [3, text], required: [4, flag], schema: [5, schema] }, 6);
const QUERY = object({ required: [1, flag], in: [2, text], description: [3, text], name: [4, text], allowEmptyValue: [5, flag], type: [6, text], format: [7, text], uniqueItems: [20, flag], enum: [21, each(any)] }, 23);
const PATH = object({ required: [1, flag], in: [2, text], description: [3, text], name: [4, text], type: [5, text], format: [6, text], uniqueItems: [19, flag], enum: [20, each(any)] }, 22);
const REFERENCE = object({ $ref: [1, text], description: [2, text] });

/** `Parameter` (1) of a body (1) or of none (2), that of a header (1), form (2), query (3) or path (4); or a reference (2). */
const PARAMETER: Encoder = (value) => {
  const parameter = value as JsonObject;
  if (parameter["$ref"] !== undefined) return within(2, message(() => REFERENCE))(parameter);
  if (parameter["in"] === "body") return within(1, message(() => within(1, message(() => BODY))))(parameter);
  const [number, encoder] = parameter["in"] === "path" ? ([4, PATH] as const) : ([3, QUERY] as const);
  return within(1, message(() => within(2, message(() => within(number, message(() => encoder))))))(parameter);
};

const parameters = each(message(() => PARAMETER));
const security = each(message(() => within(1, named(message(() => within(1, texts))))));
const RESPONSE = object({ description: [1, text], schema: [2, message(() => within(1, schema))] }, 5);

const OPERATION = object(
  {
    tags: [1, texts], summary: [2, text], description: [3, text], externalDocs: [4, docs], operationId: [5, text], produces: [6, texts], consumes: [7, texts], parameters: [8, parameters],
    responses: [9, message(() => within(1, named(message(() => within(1, message(() => RESPONSE))))))], schemes: [10, texts], deprecated: [11, flag], security: [12, security],
  },
  13,
);

const operation = message(() => OPERATION);
const PATH_ITEM = object({ $ref: [1, text], get: [2, operation], put: [3, operation], post: [4, operation], delete: [5, operation], options: [6, operation], head: [7, operation], patch: [8, operation], parameters: [9, parameters] }, 10);
const API_KEY = object({ type: [1, text], name: [2, text], in: [3, text], description: [4, text] }, 5);

const DOCUMENT = object(
  {
    swagger: [1, text], info: [2, message(() => object({ title: [1, text], version: [2, text], description: [3, text] }, 7))],
    paths: [8, message(() => within(2, named(message(() => PATH_ITEM))))], definitions: [9, message(() => within(1, named(schema)))],
    security: [12, security], securityDefinitions: [13, message(() => within(1, named(message(() => within(2, message(() => API_KEY))))))],
  },
  16,
);
