/** k3s' own kinds for charts (helm.cattle.io/v1), as far as we write them. Source: docs.k3s.io/helm. */
export interface HelmChart {
  apiVersion: "helm.cattle.io/v1";
  kind: "HelmChart";
  metadata: { name: string; namespace: "kube-system"; labels?: Record<string, string> };
  spec: {
    repo?: string;
    chart: string;
    version: string;
    targetNamespace: string;
    createNamespace: boolean;
    /** YAML, as text. */
    valuesContent?: string;
    /** Runs before a network or DNS is there: for the network itself. */
    bootstrap?: boolean;
  };
}

export interface HelmChartConfig {
  apiVersion: "helm.cattle.io/v1";
  kind: "HelmChartConfig";
  metadata: { name: string; namespace: "kube-system"; labels?: Record<string, string> };
  spec: { valuesContent: string };
}
