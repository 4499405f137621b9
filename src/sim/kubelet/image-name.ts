/** Image references: the default tag, and the check a container runtime makes first (`distribution/reference`). */

/** `nginx` is `nginx:latest`; a tag or digest stays. */
export function withTag(image: string): string {
  if (image.includes("@")) return image;
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}

const DOMAIN = String.raw`(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?`;
const PATH_PART = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`);

export function isImageReference(image: string): boolean {
  return REFERENCE.test(image);
}

/** The name a container runtime reports: with registry and `library/` for Docker Hub, and a tag. */
export function fullImageName(image: string): string {
  const tagged = withTag(image);
  const slash = tagged.indexOf("/");
  const first = slash < 0 ? "" : tagged.slice(0, slash);
  if (first.includes(".") || first.includes(":") || first === "localhost") return tagged;
  return slash < 0 ? `docker.io/library/${tagged}` : `docker.io/${tagged}`;
}
