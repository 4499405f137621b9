/** The short hashes in generated names, equal to upstream's: of a template (`ComputeHash`) and of a StatefulSet's revision (`HashControllerRevision`). */
import { fnv32, fnv32a } from "../../lib/fnv32.ts";
import { safeEncode } from "../../lib/safe-encode.ts";
import { goDump } from "./go-layout-dump.ts";
import { goJsonText, goJsonTree } from "./go-layout-json.ts";
import { goShape } from "./go-layout.ts";

const TEMPLATE = "core/v1.PodTemplateSpec";

/**
 * `pod-template-hash`, and a DaemonSet's `controller-revision-hash`: FNV-1a over the template as go-spew prints it, then the collision
 * count (once there was one) as 8 bytes, little-endian. The template is the stored one, with its defaults.
 */
export function templateHash(template: unknown, collisionCount?: number): string {
  const dump = goDump(goShape(TEMPLATE), template);
  return safeEncode(String(fnv32a(collisionCount === undefined ? dump : Buffer.concat([Buffer.from(dump), countBytes(collisionCount)]))));
}

function countBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, count, true);
  return bytes;
}

/** The hash of a StatefulSet's revision: FNV-1 over the patch that the revision holds, and the collision count in digits. */
export function revisionHash(template: unknown, collisionCount: number | undefined): string {
  const tree = goJsonTree(goShape(TEMPLATE), template) as object;
  const patch = goJsonText({ spec: { template: { ...tree, $patch: "replace" } } });
  return safeEncode(String(fnv32(patch + (collisionCount === undefined ? "" : String(collisionCount)))));
}
