/** A chart's version is one version. */
import type { Check } from "./check.ts";

export const chartVersionPinned: Check = {
  id: "chart-version-pinned",
  severity: "warning",
  summary: "A chart's version is exact, not a range.",
  why: "With a range the same file gives another cluster tomorrow, and a plan shows no change before the upgrade happens.",
  examples: {
    good: `
      charts:
        headlamp: { repository: "https://kubernetes-sigs.github.io/headlamp", chart: headlamp, version: 0.30.0 }`,
    bad: `
      charts:
        headlamp:
          repository: https://kubernetes-sigs.github.io/headlamp
          chart: headlamp
          version: ">=0.30" # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.charts)
      .filter((chart) => !/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(chart.version))
      .map((chart) => ({
        path: ["charts", chart.name, "version"],
        value: chart.version,
        message: `chart ${chart.name} has the version ${chart.version}, which is not one version`,
        expected: "an exact version, such as 0.30.0",
        fix: `Write the version that helm search repo ${chart.chart} shows.`,
      }));
  },
};
