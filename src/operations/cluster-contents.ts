/** What the file wants inside the cluster, by the stage that brings it: its network, its platform, its apps. Pure. */
import type { Homelab } from "../config/homelab.ts";
import { type ChartRelease, hasHelmController, ownChart } from "../manifests/chart-release.ts";
import { componentsOf } from "../manifests/platform/catalogue.ts";
import { renderHomelab } from "../manifests/render-homelab.ts";
import type { RenderedObject } from "../manifests/rendered.ts";
import { nameOf } from "./object-name.ts";

export const CONTENT_STAGES = ["network", "platform", "apps"] as const;
export type ContentStage = (typeof CONTENT_STAGES)[number];

export interface StageContents {
  /** Each object once, in the order they are applied. */
  readonly objects: readonly RenderedObject[];
  /** Charts that are installed by `helm` from here, each after those it may rely on. Empty where the cluster installs charts by itself. */
  readonly charts: readonly ChartRelease[];
}

export type ClusterContents = Readonly<Record<ContentStage, StageContents>>;

export function clusterContents(homelab: Homelab): ClusterContents {
  const objects: Record<ContentStage, Map<string, RenderedObject>> = { network: new Map(), platform: new Map(), apps: new Map() };
  const seen = new Map<string, ContentStage>();
  for (const file of renderHomelab(homelab)) {
    const stage = stageOf(file.path, homelab);
    if (stage === undefined) continue;
    for (const rendered of file.objects) {
      const name = nameOf(rendered.object);
      // A namespace that two apps share is in both files: the last one's, as a rehearsal has it, in the place of the first.
      const place = seen.get(name) ?? stage;
      seen.set(name, place);
      objects[place].set(name, rendered);
    }
  }
  const charts: Record<ContentStage, ChartRelease[]> = { network: [], platform: [], apps: [] };
  if (!hasHelmController(homelab)) {
    for (const release of componentsOf(homelab).flatMap((component) => component.charts?.(homelab) ?? [])) charts[release.isNetwork === true ? "network" : "platform"].push(release);
    for (const chart of Object.values(homelab.charts)) charts.apps.push(ownChart(chart));
  }
  const contents = (stage: ContentStage): StageContents => ({ objects: [...objects[stage].values()], charts: charts[stage] });
  return { network: contents("network"), platform: contents("platform"), apps: contents("apps") };
}

/** `cluster/…` are files of machines. */
function stageOf(path: string, homelab: Homelab): ContentStage | undefined {
  if (path === `platform/${homelab.kubernetes.network.cni}.yaml`) return "network";
  if (path.startsWith("platform/")) return "platform";
  return path.startsWith("apps/") || path.startsWith("own/") ? "apps" : undefined;
}
