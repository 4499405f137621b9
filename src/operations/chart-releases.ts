/** Charts on clusters that install none by themselves: what is installed is read from the cluster, as helm keeps it; what is not as the file says, the user's `helm` installs. */
import { gunzipSync } from "node:zlib";
import { StepFailed } from "../engine/step-failed.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { equalJson } from "../lib/json.ts";
import type { ChartRelease } from "../manifests/chart-release.ts";
import { yamlDocument } from "../manifests/yaml-text.ts";
import type { PlannedObject } from "../plan/plan.ts";
import type { Helm } from "../ports/helm.ts";
import { unifiedDiff } from "./object-diff.ts";
import { nameOf, type NamedObject } from "./object-name.ts";

export interface ChartChange {
  readonly release: ChartRelease;
  readonly planned: PlannedObject;
}

/** How an inventory names a release; no API serves it. */
export function releaseName({ name, namespace }: Pick<ChartRelease, "name" | "namespace">): NamedObject {
  return { apiVersion: "helm.sh/v1", kind: "Release", metadata: { namespace, name } };
}

export function isRelease({ apiVersion }: NamedObject): boolean {
  return apiVersion === "helm.sh/v1";
}

const INSTALL_DEADLINE_MS = 15 * 60_000;
const WAIT_MARGIN_MS = 60_000;

interface Installed {
  readonly version: string;
  readonly status: string;
  readonly values: Record<string, unknown>;
}

export async function compareCharts(client: KubeClient, releases: readonly ChartRelease[]): Promise<ChartChange[]> {
  const changes = await Promise.all(releases.map(async (release): Promise<ChartChange | undefined> => {
    const installed = await installedRelease(client, release);
    const described = (version: string, values: Readonly<Record<string, unknown>>): string => yamlDocument({ version, values });
    if (installed === undefined) return plannedChart(release);
    if (installed.status === "deployed" && installed.version === release.version && equalJson(installed.values, release.values)) return undefined;
    const note = installed.status === "deployed" ? "" : `# the last attempt is ${installed.status}\n`;
    return { release, planned: { object: nameOf(releaseName(release)), action: "change", risk: "disrupts", diff: `${note}${unifiedDiff(described(installed.version, installed.values), described(release.version, release.values))}` } };
  }));
  return changes.filter((change) => change !== undefined);
}

export function plannedChart(release: ChartRelease): ChartChange {
  return { release, planned: { object: nameOf(releaseName(release)), action: "create", risk: "safe", diff: undefined } };
}

/** helm's driver `secret`: the release as JSON, packed with gzip, in base64, in a Secret of its namespace. */
export async function installedRelease(client: KubeClient, { name, namespace }: Pick<ChartRelease, "name" | "namespace">): Promise<Installed | undefined> {
  const secrets = await client.list("v1", "Secret", namespace, `owner=helm,name=${name}`);
  const revision = (secret: { metadata: { labels?: Record<string, string> } }): number => Number(secret.metadata.labels?.["version"] ?? 0);
  const latest = secrets.sort((a, b) => revision(a) - revision(b)).at(-1);
  const packed = (latest?.["data"] as Record<string, string> | undefined)?.["release"];
  if (packed === undefined) return undefined;
  const text = gunzipSync(Buffer.from(Buffer.from(packed, "base64").toString("utf8"), "base64")).toString("utf8");
  const release = JSON.parse(text) as { chart?: { metadata?: { version?: string } }; config?: Record<string, unknown> | null; info?: { status?: string } };
  return { version: release.chart?.metadata?.version ?? "", status: release.info?.status ?? "unknown", values: release.config ?? {} };
}

/** Undefined when charts can be installed from here; else what to do first. */
export async function helmMissing(helm: Helm, changes: readonly ChartChange[]): Promise<StepFailed | undefined> {
  if (changes.length === 0 || (await helm.version()) !== undefined) return undefined;
  const charts = changes.map(({ release }) => `${release.chart} ${release.version}`).join(", ");
  return new StepFailed("refused", `${charts}: installed with helm, which is not on this computer`, { hint: "install it (https://helm.sh/docs/intro/install), then run the same command again; with k3s the cluster installs charts by itself" });
}

/** What the chart runs, by the marks that helm puts on everything it makes. */
export async function releaseWorkloads(client: KubeClient, { name, namespace }: Pick<ChartRelease, "name" | "namespace">): Promise<NamedObject[]> {
  const lists = await Promise.all(["Deployment", "StatefulSet", "DaemonSet"].map((kind) => client.list("apps/v1", kind, namespace, "app.kubernetes.io/managed-by=Helm")));
  return lists.flat().filter(({ metadata }) => metadata.annotations?.["meta.helm.sh/release-name"] === name);
}

/** Hooks are waited for, and nothing else: whether its pods come up, and why not, the cluster says better than helm. */
export async function installChart(helm: Helm, kubeconfig: string, release: ChartRelease): Promise<void> {
  const isOci = release.repository.startsWith("oci://");
  const source = isOci ? [`${release.repository}/${release.chart}`] : [release.chart, "--repo", release.repository];
  const args = ["upgrade", "--install", release.name, ...source, "--version", release.version, "--namespace", release.namespace, "--create-namespace", "--timeout", `${INSTALL_DEADLINE_MS / 1000}s`];
  await runHelm(helm, args, { kubeconfig, values: yamlDocument(release.values), what: `chart ${release.chart} ${release.version}`, namespace: release.namespace });
}

export async function uninstallChart(helm: Helm, kubeconfig: string, { metadata }: NamedObject): Promise<void> {
  await runHelm(helm, ["uninstall", metadata.name, "--namespace", metadata.namespace ?? "default", "--ignore-not-found", "--wait"], { kubeconfig, values: undefined, what: `release ${metadata.name}`, namespace: metadata.namespace ?? "default" });
}

async function runHelm(helm: Helm, args: readonly string[], { kubeconfig, values, what, namespace }: { kubeconfig: string; values: string | undefined; what: string; namespace: string }): Promise<void> {
  const { code, output } = await helm.run({ args, kubeconfig, ...(values === undefined ? {} : { values }), deadlineMs: INSTALL_DEADLINE_MS + WAIT_MARGIN_MS });
  if (code === 0) return;
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  throw new StepFailed("change-failed", `${what}: helm ended with exit code ${code}: ${lines.at(-1) ?? ""}`, { hint: `kubectl get pods,events -n ${namespace}, and helm history -n ${namespace} ${args[0] === "upgrade" ? args[2] : args[1]}`, output: lines });
}
