/** The contract of admission: plugins that may change an object on its way in, and plugins that may refuse it. */
import type { JsonObject, KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import type { Random } from "../../../ports/random.ts";
import type { WebhookTransport } from "../../../ports/webhook-transport.ts";
import type { SimClient } from "../client.ts";
import type { UserInfo } from "../registry/request.ts";
import type { ResourceType } from "../resource-types.ts";
import type { Decision } from "./webhook/decision.ts";

/** One version that the requested resource is served in. */
export interface ServedVersion {
  resource: ResourceType;
  /** An object in the requested or the stored version, seen in this one. */
  convert(object: KubeObject): KubeObject;
  /** From this version to the requested one. */
  convertBack(object: KubeObject): KubeObject;
}

/** How the API server reaches webhooks. */
export interface WebhookReach {
  /** Undefined in virtual time, which cannot wait for what is outside. */
  transport?: WebhookTransport;
  /** Whether a machine of the cluster answers. */
  isReachable(nodeName: string): boolean;
  /** Calls to a Service go to one of its endpoints (`--enable-aggregator-routing`, as k3s runs it), not to its address. */
  routesToEndpoints: boolean;
  /** For the ids of reviews and the choice of an endpoint. */
  random: Random;
}

/** Lives as long as a request: whether plugins that changed an object want the others to look again (`admission.ReinvocationContext`). */
export interface Reinvocation {
  isReinvoke: boolean;
  shouldReinvoke: boolean;
  /** Webhooks with `reinvocationPolicy: IfNeeded` that were called before the last change, and those that are to be called again. */
  invoked: Set<string>;
  again: Set<string>;
  /** The object as the webhooks left it. */
  output?: KubeObject;
}

export interface AdmissionRequest {
  operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  type: { group: string; version: string; kind: string; plural: string };
  /** `""` for the object itself. */
  subresource: string;
  namespace: string | undefined;
  name: string;
  /** In `mutate` a private copy that may be changed in place. */
  object?: KubeObject;
  oldObject?: KubeObject;
  user: UserInfo;
  /** Whether RBAC lets the user do something cluster-wide. */
  mayUser(action: { verb: string; group: string; resource: string; name: string }): boolean;
  dryRun: boolean;
  /** CreateOptions, UpdateOptions, … as they were sent. */
  options: JsonObject;
  /** The kind of `object`, where it is not that of the resource (an Eviction of a pod). */
  objectKind?: { group: string; version: string; kind: string };
  /** What the writer and others own of `object`, which carries none of it. */
  managedFields?: readonly ManagedFieldsEntry[] | undefined;
  /** The requested version among them. */
  versions(): readonly ServedVersion[];
  reinvocation: Reinvocation;
  webhooks: WebhookReach;
  /** Undefined where nothing can be waited for. */
  decision?: Decision;
  /** Reads other objects. */
  client: SimClient;
  /** Collected for the `Warning` headers of the answer. */
  warnings: string[];
  /** Milliseconds since the Unix epoch. */
  now: number;
}

export interface AdmissionPlugin {
  name: string;
  /** `plural` or `group/plural` of the resources it looks at; all where it does not say. */
  resources?: readonly string[];
  mutate?(request: AdmissionRequest): void;
  validate?(request: AdmissionRequest): void;
}
