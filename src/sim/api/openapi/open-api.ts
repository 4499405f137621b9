/** Answers `/openapi/v3`, its documents, and `/openapi/v2`. Documents are made when asked for and kept until the resources change. */
import type { JsonObject } from "../../../objects/kube-object.ts";
import type { ApiAnswer, ApiRequest } from "../http/exchange.ts";
import { parseAccept } from "../http/negotiation.ts";
import { loadDescriptions } from "./descriptions.ts";
import { byDocument, documentHash, openApiV2Document, openApiV3Document, openApiV3Index, type OpenApiType } from "./documents.ts";
import { encodeSwagger } from "./swagger-protobuf.ts";

interface Types {
  /** A new array whenever a resource comes, goes or changes. */
  all(): readonly (Omit<OpenApiType, "subresources"> & { subresources: ReadonlyMap<string, { name: string; kind: { group: string; version: string; kind: string }; verbs: readonly string[] }> })[];
}

const JSON_HEADERS = { "content-type": "application/json" };

/** As it is called, and as clients still ask for it. */
const SWAGGER_PROTOBUF: readonly string[] = ["application/com.github.proto-openapi.spec.v2.v1.0+protobuf", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"];

/** The client may keep a document that its own hash names for ever. */
const IMMUTABLE = "public, immutable";

export class OpenApi {
  private readonly types: Types;
  private seen: readonly unknown[] | undefined;
  private current: OpenApiType[] = [];
  private swagger: Buffer | undefined;
  private readonly texts = new Map<string, string>();
  private readonly hashes = new Map<string, string>();

  constructor(types: Types) {
    this.types = types;
  }

  /** `parts` is the path after `/openapi`: `["v3", "apis", "apps", "v1"]`. */
  answer(parts: readonly string[], request: ApiRequest): ApiAnswer {
    this.refresh();
    const descriptions = loadDescriptions();
    const name = parts.slice(1).join("/");
    if (parts[0] === "v2" && name === "") {
      const wanted = parseAccept(request.headers["accept"] ?? "*/*").find(({ type }) => type === "*/*" || type === "application/*" || type === "application/json" || SWAGGER_PROTOBUF.includes(type));
      if (wanted === undefined) return { code: 406, headers: {}, body: "" };
      const make = (): JsonObject => openApiV2Document(this.current, descriptions);
      if (!SWAGGER_PROTOBUF.includes(wanted.type)) return this.json("v2", make);
      this.swagger ??= encodeSwagger(make());
      return { code: 200, headers: { "content-type": SWAGGER_PROTOBUF[0]! }, body: this.swagger };
    }
    if (parts[0] !== "v3") return notFound();
    if (name === "") return this.json("v3", () => openApiV3Index(this.current, descriptions));
    const types = byDocument(this.current).get(name);
    if (types === undefined) return notFound();
    let hash = this.hashes.get(name);
    if (hash === undefined) this.hashes.set(name, (hash = documentHash(types, descriptions)));
    const asked = request.query.get("hash");
    if (asked !== null && asked !== hash) return { code: 301, headers: { location: `/openapi/v3/${name}?hash=${hash}` }, body: "" };
    const answer = this.json(`v3/${name}`, () => openApiV3Document(types, descriptions));
    return { ...answer, headers: { ...answer.headers, etag: `"${hash}"`, ...(asked === null ? {} : { "cache-control": IMMUTABLE }) } };
  }

  private json(key: string, make: () => object): ApiAnswer {
    let text = this.texts.get(key);
    if (text === undefined) this.texts.set(key, (text = JSON.stringify(make())));
    return { code: 200, headers: JSON_HEADERS, body: text };
  }

  private refresh(): void {
    const all = this.types.all();
    if (all === this.seen) return;
    this.seen = all;
    // Field by field: the registry's types read their schemas when they are copied whole.
    this.current = all.map(({ group, version, kind, listKind, plural, namespaced, verbs, subresources, custom }) => ({
      group, version, kind, listKind, plural, namespaced, verbs, subresources: [...subresources.values()], ...(custom ? { custom } : {}),
    }));
    this.swagger = undefined;
    this.texts.clear();
    this.hashes.clear();
  }
}

function notFound(): ApiAnswer {
  return { code: 404, headers: { "content-type": "text/plain; charset=utf-8" }, body: "404 page not found\n" };
}
