/** One text per path, for maps. */
import type { Path } from "./finding.ts";

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}
