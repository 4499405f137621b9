/**
 * A homelab in its long form: every short form expanded, every default filled in, every quantity parsed. This is what
 * all other folders read; only `config` knows the short forms that the user may write. Maps keep the file's order.
 */
import type { Path } from "./finding.ts";
import type { Named } from "./model/amounts.ts";
import type { App } from "./model/app.ts";
import type { Chart, OwnObject, Patch, Registry, SecretStore } from "./model/extras.ts";
import type { Kubernetes } from "./model/kubernetes.ts";
import type { Machine } from "./model/machine.ts";
import type { Platform } from "./model/platform.ts";
import type { SitePart } from "./model/site.ts";

export type * from "./model/amounts.ts";
export type * from "./model/machine.ts";
export type * from "./model/site.ts";
export type * from "./model/kubernetes.ts";
export type * from "./model/platform.ts";
export type * from "./model/extras.ts";
export type * from "./model/app.ts";

export interface Homelab {
  readonly name: string;
  /** The DNS domain of the apps; undefined when every host is written in full. */
  readonly domain: string | undefined;
  /** IANA name, for schedules: `Europe/Paris`. */
  readonly timeZone: string;
  /** The home network's own ranges (CIDR), where the file says so. */
  readonly lan: readonly string[];
  readonly machines: Named<Machine>;
  readonly site: Named<SitePart>;
  readonly kubernetes: Kubernetes;
  readonly platform: Platform;
  readonly registries: Named<Registry>;
  readonly artifacts: { readonly mirror: string | undefined };
  readonly secrets: SecretStore;
  readonly apps: Named<App>;
  /** Kubernetes objects of the user's own, as written. */
  readonly objects: readonly OwnObject[];
  readonly charts: Named<Chart>;
  readonly patches: readonly Patch[];
  /** What the user does not write but wants to know: one entry for each default that was filled in. */
  readonly defaults: readonly DefaultReason[];
}

/** Why a field that is not in the file has its value. */
export interface DefaultReason {
  readonly path: Path;
  readonly value: unknown;
  readonly why: string;
}
