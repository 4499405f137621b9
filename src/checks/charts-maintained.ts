/** Charts come from projects that still look after them. */
import type { Check } from "./check.ts";

interface Abandoned {
  test: RegExp;
  what: string;
  instead: string;
}

/** Matched against `repository/chart`. */
const ABANDONED: readonly Abandoned[] = [
  { test: /ingress-nginx|nginx-ingress/, what: "ingress-nginx was retired in March 2026 and gets no security fixes", instead: "Use platform.ingress: traefik (Ingress objects work with routing: ingress)." },
  { test: /kubernetes-dashboard|kubernetes\.github\.io\/dashboard/, what: "the Kubernetes Dashboard is being archived", instead: "Use Headlamp." },
  { test: /charts\.helm\.sh\/(stable|incubator)|kubernetes-charts\.storage\.googleapis\.com/, what: "the stable and incubator chart repositories are frozen since November 2020", instead: "Use the project's own chart repository (artifacthub.io finds it)." },
  { test: /k8s-at-home\.com/, what: "the k8s-at-home charts are archived since 2022", instead: "Use the app's own section in this file, or the bjw-s app-template chart." },
  { test: /bitnami/, what: "Bitnami's free images moved to an unmaintained archive in August 2025", instead: "Use the project's own chart; for databases write databases: { main: { engine: postgres } }." },
  { test: /\/promtail$|loki-stack$/, what: "promtail reached its end of life in March 2026", instead: "Use Grafana Alloy, or platform.monitoring with loki." },
  { test: /kube-lego/, what: "kube-lego was replaced by cert-manager in 2018", instead: "Use platform.certificates." },
];

export const chartsMaintained: Check = {
  id: "charts-maintained",
  severity: "warning",
  summary: "Charts are not of projects that were retired.",
  why: "A retired component keeps running and stops being mended; ingress-nginx faces the Internet (kubernetes.io, ingress-nginx retirement; Kubespray 2.31 removed it and the Dashboard).",
  examples: {
    good: `
      charts:
        headlamp: { repository: "https://kubernetes-sigs.github.io/headlamp", chart: headlamp, version: 0.30.0 }`,
    bad: `
      charts:
        ingress: # ✗
          repository: https://kubernetes.github.io/ingress-nginx
          chart: ingress-nginx
          version: 4.13.0`,
  },
  check({ homelab }) {
    return Object.values(homelab.charts).flatMap((chart) => {
      const where = `${chart.repository}/${chart.chart}`;
      const abandoned = ABANDONED.find((entry) => entry.test.test(where));
      if (abandoned === undefined) return [];
      return [{ path: ["charts", chart.name], at: "key", value: chart.chart, message: `chart ${chart.chart}: ${abandoned.what}`, fix: abandoned.instead }];
    });
  },
};
