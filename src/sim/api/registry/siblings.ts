/**
 * Pods that one controller made of one template are alike but for names, addresses and times. What is the same of a new one is kept once: stored objects are never
 * changed in place, so it may be the same object.
 */
import type { KubeObject } from "../../../objects/kube-object.ts";

/** Controllers whose last pod is known: each makes its pods at once, or in few turns. */
const OWNERS_COUNT_MAX = 64;

export class Siblings {
  readonly #lastOf = new Map<string, KubeObject>();

  /** `pod` is the caller's own; of it and the last one of its controller one copy is kept of what is the same, to the order of fields. */
  share(pod: KubeObject): void {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (owner === undefined) return;
    const known = this.#lastOf.get(owner);
    if (known !== undefined) {
      this.#lastOf.delete(owner);
      shareParts(pod.metadata as unknown as Tree, known.metadata as unknown as Tree);
      shareParts(pod["spec"] as Tree, known["spec"] as Tree);
    }
    this.#lastOf.set(owner, pod);
    if (this.#lastOf.size > OWNERS_COUNT_MAX) this.#lastOf.delete(this.#lastOf.keys().next().value!);
  }
}

type Tree = Record<string | number, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** Takes over from `known` each part of `own` that is the same there. True where all parts are, so that `known` can stand for `own`. */
function shareParts(own: Tree, known: Tree): boolean {
  let isSame = Array.isArray(own) === Array.isArray(known);
  const knownKeys = Object.keys(known);
  let index = 0;
  for (const key in own) {
    if (knownKeys[index++] !== key) isSame = false;
    const [value, other] = [own[key], known[key]];
    if (value === other) continue;
    if (isTree(value) && isTree(other) && shareParts(value, other)) own[key] = other;
    else isSame = false;
  }
  return isSame && index === knownKeys.length;
}
