/** Kubernetes' request paths: `/api/v1/namespaces/NS/pods/NAME/log`, `/apis/apps/v1/deployments`, … (`request/requestinfo.go`). */

export interface ResourcePath {
  group: string;
  version: string;
  namespace: string | undefined;
  plural: string;
  name: string;
  subresource: string;
  /** What follows a `proxy` subresource. */
  rest: string;
}

/** Undefined for paths that name no resource. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts: string[] = [];
  for (let from = path.indexOf("/") + 1; from > 0; ) {
    const end = path.indexOf("/", from);
    const part = end < 0 ? path.slice(from) : path.slice(from, end);
    if (part !== "") parts.push(decodePart(part));
    from = end + 1;
  }
  let group: string;
  if (parts[0] === "api" && parts.length >= 3) group = "";
  else if (parts[0] === "apis" && parts.length >= 4) group = parts[1]!;
  else return undefined;
  const version = parts[group === "" ? 1 : 2]!;
  let rest = parts.slice(group === "" ? 2 : 3);
  // `/watch/…` is the old spelling of `?watch=true`.
  const isOldWatch = rest[0] === "watch";
  if (isOldWatch) rest = rest.slice(1);
  let namespace: string | undefined;
  // `/namespaces/NS/pods` is in a namespace; `/namespaces/NS`, `/namespaces/NS/status` and `/finalize` are about the namespace itself.
  if (group === "" && rest[0] === "namespaces" && rest.length >= 3 && rest[2] !== "status" && rest[2] !== "finalize") {
    namespace = rest[1]!;
    rest = rest.slice(2);
  } else if (group !== "" && rest[0] === "namespaces" && rest.length >= 3) {
    namespace = rest[1]!;
    rest = rest.slice(2);
  }
  if (rest[0] === undefined) return undefined;
  const subresource = rest[2] ?? "";
  if (rest.length > 3 && subresource !== "proxy") return undefined;
  return { group, version, namespace, plural: rest[0], name: rest[1] ?? "", subresource, rest: rest.slice(3).join("/") };
}

function decodePart(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    // Not valid percent-encoding: it will not be found under that name either.
    return part;
  }
}
