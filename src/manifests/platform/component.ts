/** What a platform component is: how it is installed, and what stands in for it in a rehearsal. One component a file; `catalogue.ts` is the list. */
import type { Path } from "../../config/finding.ts";
import type { Database, Homelab } from "../../config/homelab.ts";
import type { ChartRelease } from "../chart-release.ts";
import type { Footprint } from "../footprint.ts";
import type { RenderedObject } from "../rendered.ts";
import { componentVersion, type ComponentName } from "../versions.ts";
import type { CrdSet } from "./crd-table.ts";

export interface ComponentProblem {
  at: Path;
  message: string;
}

export interface Component {
  /** Also the name of its file under `platform/`. */
  name: string;
  /** What it is for, in a few words. */
  summary: string;
  /** Where the homelab asks for it. */
  at: Path;
  isUsed(homelab: Homelab): boolean;
  /**
   * `bundled`: the distribution brings it. `objects`: we render all of it. `chart`: an upstream chart at a pinned version.
   */
  install(homelab: Homelab): "bundled" | "objects" | "chart";
  /** What the homelab asks of it that it cannot do: refused when rendering, with the field. */
  problems?(homelab: Homelab): ComponentProblem[];
  /** What we write ourselves, whatever the way of installation: its configuration, or all of it. */
  objects?(homelab: Homelab): RenderedObject[];
  charts?(homelab: Homelab): ChartRelease[];
  /** Its pods where the distribution or a chart makes them; what `objects` renders is not repeated here. */
  footprint?(homelab: Homelab): Footprint;
  crds?: readonly CrdSet[];
}

/** A release of the dated table's chart. */
export function pinnedChart(name: ComponentName, at: Path, namespace: string, values: Readonly<Record<string, unknown>>, release: string = name): ChartRelease {
  const { chart } = componentVersion(name);
  if (chart === undefined) throw new Error(`${name} has no chart in the version table`);
  return { name: release, at, repository: chart.repository, chart: chart.name, version: chart.version, namespace, values };
}

/** Names of the control planes' nodes, in the file's order. */
export function controlPlanes(homelab: Homelab): string[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.includes("control-plane")).map((machine) => machine.hostname);
}

/** Names of every machine that becomes a node. */
export function nodes(homelab: Homelab): string[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.includes("control-plane") || machine.roles.includes("worker")).map((machine) => machine.hostname);
}

/** Whether k3s runs a packaged part: it is on by default and off by `--disable`. */
export function isBundled(homelab: Homelab, part: "traefik" | "servicelb" | "metrics-server" | "local-storage" | "coredns"): boolean {
  return homelab.kubernetes.distribution === "k3s" && !homelab.kubernetes.disable.includes(part);
}

/** Whether any app has a database of this engine. */
export function hasDatabase(homelab: Homelab, engine: Database["engine"]): boolean {
  return Object.values(homelab.apps).some((app) => Object.values(app.databases).some((database) => database.engine === engine));
}
