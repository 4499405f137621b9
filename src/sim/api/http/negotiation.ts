/** What the client can read and what it sent: media types of the API (`endpoints/handlers/negotiation`). */
import { ApiError, notAcceptable } from "../status.ts";

export interface Wanted {
  /** Text format of the answer. */
  format: "json" | "yaml";
  /** `Table`, `PartialObjectMetadata`, … asked for with `as=`; the object itself otherwise. */
  as: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" | undefined;
}

interface MediaRange {
  type: string;
  parameters: Readonly<Record<string, string>>;
  quality: number;
}

const SUPPORTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

export function parseAccept(header: string | undefined): MediaRange[] {
  if (header === undefined) return [];
  const ranges = header.split(",").map((text): MediaRange => {
    const [type, ...rest] = text.trim().split(";");
    const parameters: Record<string, string> = {};
    for (const pair of rest) {
      const [name, value] = pair.trim().split("=");
      if (name) parameters[name.toLowerCase()] = value ?? "";
    }
    return { type: type!.trim().toLowerCase(), parameters, quality: parameters["q"] === undefined ? 1 : Number(parameters["q"]) };
  });
  return ranges.filter((range) => range.type !== "").sort((a, b) => b.quality - a.quality);
}

/** The first of the client's wishes that we can meet; throws NotAcceptable when there is none. */
export function negotiate(header: string | undefined, allowed: readonly string[] = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]): Wanted {
  const ranges = parseAccept(header);
  if (ranges.length === 0) return { format: "json", as: undefined };
  let isTransformUnknown = false;
  for (const { type, parameters } of ranges) {
    const format = type === "application/json" || type === "*/*" || type === "application/*" ? "json" : type === "application/yaml" || type === "text/yaml" ? "yaml" : undefined;
    if (format === undefined) continue;
    const as = parameters["as"];
    if (as === undefined || as === "") return { format, as: undefined };
    if (allowed.includes(as) && parameters["g"] === "meta.k8s.io" && (parameters["v"] === "v1" || parameters["v"] === "v1beta1")) return { format, as: as as Wanted["as"] };
    isTransformUnknown = true;
  }
  if (isTransformUnknown) throw new ApiError(406, "NotAcceptable", "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf");
  throw notAcceptable(SUPPORTED);
}
