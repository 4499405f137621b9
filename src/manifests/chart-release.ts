/** A chart at a pinned version: as k3s' HelmChart object where its helm-controller runs, else as a values file with the command that installs it. */
import type { Path } from "../config/finding.ts";
import type { Chart, Homelab } from "../config/homelab.ts";
import type { HelmChart } from "./kinds/helm-chart.ts";
import { componentLabels } from "./names.ts";
import { pathText, rendered, type RenderedFile, type RenderedObject } from "./rendered.ts";
import { yamlDocument } from "./yaml-text.ts";

export interface ChartRelease {
  /** The release's name, and the file's. */
  name: string;
  at: Path;
  /** An https index, or an `oci://` address without the chart's name. */
  repository: string;
  chart: string;
  version: string;
  namespace: string;
  values: Readonly<Record<string, unknown>>;
  /** Installed before the cluster has a network. */
  isNetwork?: boolean;
}

/** Whether the cluster installs charts by itself. */
export function hasHelmController(homelab: Homelab): boolean {
  return homelab.kubernetes.distribution === "k3s" && !homelab.kubernetes.disable.includes("helm-controller")
    && !homelab.kubernetes.extraArgs.server.some((argument) => argument.name === "disable-helm-controller" && argument.value !== "false");
}

/** A chart of the user's own. */
export function ownChart(chart: Chart): ChartRelease {
  return { name: chart.name, at: ["charts", chart.name], repository: chart.repository, chart: chart.chart, version: chart.version, namespace: chart.namespace, values: chart.values };
}

function isEmpty(values: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(values).length === 0;
}

export function chartObject(release: ChartRelease): RenderedObject {
  const isOci = release.repository.startsWith("oci://");
  return rendered<HelmChart>(release.at, {
    apiVersion: "helm.cattle.io/v1",
    kind: "HelmChart",
    metadata: { name: release.name, namespace: "kube-system", labels: componentLabels(release.name) },
    spec: {
      ...(isOci ? { chart: `${release.repository}/${release.chart}` } : { repo: release.repository, chart: release.chart }),
      version: release.version,
      targetNamespace: release.namespace,
      createNamespace: release.namespace !== "kube-system",
      ...(release.isNetwork === true ? { bootstrap: true } : {}),
      ...(isEmpty(release.values) ? {} : { valuesContent: yamlDocument(release.values) }),
    },
  });
}

/** The command that installs or updates a release, as one line for a shell. */
export function helmCommand(release: ChartRelease, valuesFile: string | undefined): string {
  const isOci = release.repository.startsWith("oci://");
  const source = isOci ? `${release.repository}/${release.chart}` : `${release.chart} --repo ${release.repository}`;
  return `helm upgrade --install ${release.name} ${source} --version ${release.version} --namespace ${release.namespace} --create-namespace --wait${valuesFile === undefined ? "" : ` --values ${valuesFile}`}`;
}

/** Values with the command on top that does by hand what `up` does, and waits for it. */
export function chartValuesFile(release: ChartRelease, folder: string): RenderedFile {
  const path = `${folder}/${release.name}.values.yaml`;
  const text = [
    `# from ${pathText(release.at)}`,
    `# ${helmCommand(release, path)}`,
    isEmpty(release.values) ? "{}" : yamlDocument(release.values).trimEnd(),
    "",
  ].join("\n");
  return { path, objects: [], text };
}
