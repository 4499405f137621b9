/** The parts of an image's name, as container runtimes read them (distribution/reference). */

export interface ImageName {
  /** `docker.io` where the name has none. */
  readonly registry: string;
  /** `library/nginx` for `nginx`. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function parseImage(text: string): ImageName {
  const [nameAndTag = "", digest] = text.split("@", 2);
  const colon = nameAndTag.lastIndexOf(":");
  const hasTag = colon > nameAndTag.lastIndexOf("/");
  const name = hasTag ? nameAndTag.slice(0, colon) : nameAndTag;
  const first = name.split("/", 1)[0] ?? "";
  const hasRegistry = name.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  const path = hasRegistry ? name.slice(first.length + 1) : name;
  return {
    registry: hasRegistry ? first : "docker.io",
    repository: !hasRegistry && !path.includes("/") ? `library/${path}` : path,
    tag: hasTag ? nameAndTag.slice(colon + 1) : undefined,
    digest,
  };
}

export function registryOf(text: string): string {
  return parseImage(text).registry;
}
