/** What the operators of the platform share: whether they run, objects that must be there, passwords. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Random } from "../../../ports/random.ts";
import type { SimClient, TypeName } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import { isPodReady } from "../pod-state.ts";
import type { Pod } from "../shapes.ts";

/** How often an operator that is down is looked for again. */
export const OPERATOR_RETRY_MS = 5_000;

/** Where the cluster shows an operator's pods, one of them must be ready for anything to happen; where it shows none, it is taken as there. */
export function isOperatorRunning(client: SimClient, labels: Readonly<Record<string, string>>): boolean {
  const pods = client.list<Pod>("pods", { labels });
  return pods.length === 0 || pods.some((pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod));
}

/** Creates what is missing; what is there is left as it is. */
export function ensure<T extends KubeObject>(client: SimClient, type: TypeName, wanted: T): T {
  const { namespace, name } = wanted.metadata;
  const found = client.get<T>(type, namespace, name);
  if (found !== undefined) return found;
  try {
    return client.create<T>(type, wanted);
  } catch (error) {
    const raced = error instanceof ApiError && error.reason === "AlreadyExists" ? client.get<T>(type, namespace, name) : undefined;
    if (raced === undefined) throw error;
    return raced;
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A password that only this rehearsal knows. */
export function password(random: Random, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += LETTERS[random.below(LETTERS.length)];
  return text;
}

export const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

export const encoded = (data: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));

/** A follower of custom kinds: their definitions come and go, and nothing can be watched before its kind is served. */
export function watchServed(client: SimClient, types: readonly TypeName[], later: (act: () => void) => void, handler: Parameters<SimClient["watch"]>[1]): () => void {
  const watched = new Map<TypeName, () => void>();
  const follow = (): void => {
    for (const type of types) {
      const isServed = client.serves(type);
      if (isServed && !watched.has(type)) watched.set(type, client.watch(type, handler));
      if (!isServed) {
        watched.get(type)?.();
        watched.delete(type);
      }
    }
  };
  follow();
  const stop = client.watch("apiextensions.k8s.io/customresourcedefinitions", () => later(follow));
  return () => {
    stop();
    for (const end of watched.values()) end();
  };
}
