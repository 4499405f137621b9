/** Applies many objects in order: what others need first, as many at once as the bound says, and kinds that are not served yet a little later. */
import type { KubeObject } from "../objects/kube-object.ts";
import type { Clock } from "../ports/clock.ts";
import { inParallel } from "./in-parallel.ts";
import { type KubeClient, KubeRefused } from "./kube-client.ts";

export interface ApplyAllOptions {
  fieldManager: string;
  concurrencyMax: number;
  /** How long a kind whose definition was just applied may take to be served. */
  servedWithinMs: number;
  retryDelayMs: number;
  clock: Clock;
  onApplied?(object: KubeObject): void;
  onWarning?(object: KubeObject, text: string): void;
}

export class ApplyFailed extends Error {
  override name = "ApplyFailed";
  readonly object: KubeObject;
  constructor(object: KubeObject, cause: Error) {
    super(`apply ${object.kind.toLowerCase()} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ""}${object.metadata.name}: ${cause.message}`, { cause });
    this.object = object;
  }
}

/** Kinds that everything else may need are applied, and waited for, before the rest. */
const RANKS: readonly (readonly string[])[] = [["Namespace", "CustomResourceDefinition"], ["PriorityClass", "StorageClass", "IngressClass", "RuntimeClass", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], ["Secret", "ConfigMap"]];

/** Objects of a lower rank are applied first. */
export function applyRank(object: KubeObject): number {
  const rank = RANKS.findIndex((kinds) => kinds.includes(object.kind));
  return rank < 0 ? RANKS.length : rank;
}

/** Whether others stand on it: applied before the rest, and before charts. */
export function isGroundwork(object: KubeObject): boolean {
  return applyRank(object) < RANKS.length;
}

/** Rejects with the first `ApplyFailed`, after what was under way has ended. */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[], options: ApplyAllOptions): Promise<void> {
  for (let rank = 0; rank <= RANKS.length; rank++) {
    await inParallel(
      objects.filter((object) => applyRank(object) === rank),
      options.concurrencyMax,
      (object) => applyOne(client, object, options),
    );
  }
}

export function isNotServed(error: unknown): boolean {
  return error instanceof KubeRefused && error.code === 404;
}

async function applyOne(client: KubeClient, object: KubeObject, options: ApplyAllOptions): Promise<void> {
  const beganMs = options.clock.now();
  for (;;) {
    try {
      await client.apply(object, { fieldManager: options.fieldManager, force: true }, (text) => options.onWarning?.(object, text));
      options.onApplied?.(object);
      return;
    } catch (error) {
      const waitedMs = options.clock.now() - beganMs;
      if (!isNotServed(error) || waitedMs >= options.servedWithinMs) throw new ApplyFailed(object, error as Error);
      await new Promise<void>((resolve) => void options.clock.after(options.retryDelayMs, resolve));
    }
  }
}
