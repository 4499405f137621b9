/** Everything a homelab implies, as files: one for each app and component, the user's own objects, and the machines' configuration. Pure. */
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { Path } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { renderApp } from "./apps/render-app.ts";
import { chartObject, chartValuesFile, hasHelmController, ownChart, type ChartRelease } from "./chart-release.ts";
import { renderCluster } from "./cluster/render-cluster.ts";
import { componentLabels } from "./names.ts";
import { sortObjects } from "./object-order.ts";
import { applyPatches, type PlacedPatch } from "./patch.ts";
import { componentsOf } from "./platform/catalogue.ts";
import { rendered, type RenderedFile, type RenderedObject } from "./rendered.ts";

/** Something of the homelab that could not be rendered. */
export interface RenderProblem {
  at: Path;
  message: string;
}

export interface Rendering {
  /** Sorted by path; within a file in install order. */
  files: RenderedFile[];
  problems: RenderProblem[];
}

/** The files alone. What could not be rendered is left out: use `renderWithProblems` where that matters. */
export function renderHomelab(homelab: Homelab): RenderedFile[] {
  return renderWithProblems(homelab).files;
}

export function renderWithProblems(homelab: Homelab): Rendering {
  const problems: RenderProblem[] = [];
  const files: RenderedFile[] = [];
  const byHelm = hasHelmController(homelab);
  const addCharts = (folder: string, releases: readonly ChartRelease[]): RenderedObject[] => {
    if (byHelm) return releases.map(chartObject);
    for (const release of releases) {
      const file = chartValuesFile(release, folder);
      files.push(file);
    }
    return [];
  };

  const namespaces = new Set<string>();
  for (const component of componentsOf(homelab)) {
    problems.push(...component.problems?.(homelab) ?? []);
    const charts = component.charts?.(homelab) ?? [];
    const objects = [...chartNamespaces(charts, namespaces), ...addCharts("platform", charts), ...(component.objects?.(homelab) ?? [])];
    if (objects.length > 0) files.push({ path: `platform/${component.name}.yaml`, objects });
  }

  const neighbours = new Map<string, Homelab["apps"][string][]>();
  for (const app of Object.values(homelab.apps)) neighbours.set(app.namespace, [...(neighbours.get(app.namespace) ?? []), app]);
  const patches: PlacedPatch[] = [];
  for (const app of Object.values(homelab.apps)) {
    const objects = renderApp(homelab, app, neighbours.get(app.namespace) ?? [app]);
    files.push({ path: `apps/${app.name}.yaml`, objects });
    app.patches.forEach((patch, index) => patches.push({ patch, at: ["apps", app.name, "patches", index], within: new Set(objects) }));
  }
  homelab.patches.forEach((patch, index) => patches.push({ patch, at: ["patches", index] }));
  problems.push(...patchFiles(files, patches));

  const own = ownObjects(homelab, problems);
  if (own.length > 0) files.push({ path: "own/objects.yaml", objects: own });
  for (const chart of Object.values(homelab.charts)) {
    const objects = addCharts("own", [ownChart(chart)]);
    if (objects.length > 0) files.push({ path: `own/${chart.name}.yaml`, objects });
  }

  files.push(...renderCluster(homelab));
  for (const file of files) file.objects = sortObjects(file.objects);
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, problems };
}

/**
 * Namespaces of charts, each once: objects of ours may go there before the chart is installed. Privileged, as most of what the platform runs touches its machine.
 */
function chartNamespaces(charts: readonly ChartRelease[], seen: Set<string>): RenderedObject[] {
  return charts.filter(({ namespace }) => namespace !== "kube-system" && !seen.has(namespace) && seen.add(namespace)).map(({ namespace, at }) =>
    rendered<INamespace>(at, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { ...componentLabels(namespace), "pod-security.kubernetes.io/enforce": "privileged" } },
    }));
}

/** Patches the files' objects in place of the originals. */
function patchFiles(files: RenderedFile[], patches: readonly PlacedPatch[]): RenderProblem[] {
  if (patches.length === 0) return [];
  const result = applyPatches(files.flatMap((file) => file.objects), patches);
  let next = 0;
  for (const file of files) {
    file.objects = result.objects.slice(next, next + file.objects.length);
    next += file.objects.length;
  }
  return result.problems;
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata === "object" && metadata !== null && typeof metadata.name === "string";
}

/** Objects of the user's own. `config` has read the files that the homelab names, so that all are here in full. */
function ownObjects(homelab: Homelab, problems: RenderProblem[]): RenderedObject[] {
  return homelab.objects.flatMap((own, index): RenderedObject[] => {
    const at = ["objects", index];
    if (own.kind === "inline" && isObject(own.object)) return [rendered(at, own.object)];
    problems.push({ at, message: own.kind === "file" ? `${own.file}: the file was not read` : `objects[${index}]: not a Kubernetes object: apiVersion, kind and metadata.name are needed` });
    return [];
  });
}
