/** The order of a merged list: items of the patch in the patch's order, the server's own where they stood relative to what both know. */
import type { JsonValue } from "../../../objects/kube-object.ts";

export interface OrderOptions {
  merged: readonly JsonValue[];
  patchOrder: readonly JsonValue[];
  /** The live list before the merge. */
  serverOrder: readonly JsonValue[];
  /** Empty for scalars. */
  mergeKey: string;
}

/** apimachinery's normalizeElementOrder: precedence is the patch's order, then the live list's. */
export function orderElements({ merged, patchOrder, serverOrder, mergeKey }: OrderOptions): JsonValue[] {
  const key = (item: JsonValue): JsonValue | undefined =>
    mergeKey === "" ? item : typeof item === "object" && item !== null && !Array.isArray(item) ? item[mergeKey] : undefined;
  const positions = (list: readonly JsonValue[]): Map<JsonValue | undefined, number> => {
    const out = new Map<JsonValue | undefined, number>();
    for (const [at, item] of list.entries()) if (!out.has(key(item))) out.set(key(item), at);
    return out;
  };
  const inPatch = positions(patchOrder);
  const onServer = positions(serverOrder);
  const by = (order: ReadonlyMap<JsonValue | undefined, number>) => (left: JsonValue, right: JsonValue) => {
    const [a, b] = [order.get(key(left)), order.get(key(right))];
    return a === undefined || b === undefined ? 0 : a - b;
  };
  const patchItems = merged.filter((item) => inPatch.has(key(item))).sort(by(inPatch));
  const serverItems = merged.filter((item) => !inPatch.has(key(item))).sort(by(onServer));
  const out: JsonValue[] = [];
  let [s, p] = [0, 0];
  while (s < serverItems.length || p < patchItems.length) {
    if (s >= serverItems.length) out.push(patchItems[p++]!);
    else if (p >= patchItems.length) out.push(serverItems[s++]!);
    else {
      const [mine, theirs] = [onServer.get(key(serverItems[s]!)), onServer.get(key(patchItems[p]!))];
      if (mine !== undefined && theirs !== undefined && mine < theirs) out.push(serverItems[s++]!);
      else out.push(patchItems[p++]!);
    }
  }
  return out;
}
