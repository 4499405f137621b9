/** Whether an image name means the moving tag `latest`: tagged so, or neither tag nor digest. Names that do not parse have no tag, as upstream. */

const DOMAIN_OR_PATH = "[a-zA-Z0-9](?:[a-zA-Z0-9._:\\[\\]-]*)";
const NAMED = new RegExp(`^(?:${DOMAIN_OR_PATH}/)?[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`);
const CACHE_ENTRIES_MAX = 10_000;
const cache = new Map<string, boolean>();

export function isLatestImage(image: unknown): boolean {
  if (typeof image !== "string") return false;
  let isLatest = cache.get(image);
  if (isLatest === undefined) {
    const match = NAMED.exec(image);
    isLatest = match !== null && (match[1] === "latest" || (match[1] === undefined && match[2] === undefined));
    if (cache.size >= CACHE_ENTRIES_MAX) cache.clear();
    cache.set(image, isLatest);
  }
  return isLatest;
}
