/** Registries, secrets, and what the user adds of their own: objects, charts, patches. */
import type { SecretRef } from "./amounts.ts";

export interface Registry {
  /** Host and port: `ghcr.io`, `registry.maison.example:5000`. */
  readonly name: string;
  readonly username: string | undefined;
  readonly password: SecretRef | undefined;
  readonly mirrors: readonly string[];
  /** Plain HTTP or an unverified certificate. */
  readonly insecure: boolean;
}

export interface SecretStore {
  readonly by: "sops";
  readonly file: string;
  /** age, SSH or PGP public keys. */
  readonly recipients: readonly string[];
}

export type OwnObject =
  | { readonly kind: "inline"; readonly object: Readonly<Record<string, unknown>> }
  | { readonly kind: "file"; readonly file: string };

export interface Chart {
  readonly name: string;
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A change to objects that Kubernest generates: the escape hatch. */
export interface Patch {
  readonly target: { readonly kind: string; readonly name: string | undefined; readonly namespace: string | undefined };
  readonly change:
    | { readonly type: "strategic"; readonly patch: Readonly<Record<string, unknown>> }
    | { readonly type: "json"; readonly patch: readonly Readonly<Record<string, unknown>>[] };
}
