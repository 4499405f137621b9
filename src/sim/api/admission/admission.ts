/** The contract of admission: plugins that may change an object on its way in, and plugins that may refuse it. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../client.ts";

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
  user: { name: string; groups: readonly string[] };
  dryRun: boolean;
  /** Reads other objects. */
  client: SimClient;
  /** Collected for the `Warning` headers of the answer. */
  warnings: string[];
  /** Milliseconds since the Unix epoch. */
  now: number;
}

export interface AdmissionPlugin {
  name: string;
  mutate?(request: AdmissionRequest): void;
  validate?(request: AdmissionRequest): void;
}
