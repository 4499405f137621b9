/** A storage class that the file does not have yet, as changes of it. */
import type { Storage } from "../../../config/homelab.ts";

/** `made`: the class as the file says it. Written out, the classes are all that there are: the one that is there without being named is named. */
export function classChange({ classes }: Storage, name: string, made: string): string {
  const names = Object.keys(classes);
  return names.length === 1 && names[0] === "local-path" ? `platform.storage={default: local-path, classes: {local-path: local-path, ${name}: ${made}}}` : `platform.storage.classes.${name}=${made}`;
}
