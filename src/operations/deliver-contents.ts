/**
 * Brings objects and charts into a cluster, and waits until they work. Nothing waits for what it does not need: an object whose kind or webhook is not there yet is
 * tried again while all else goes on, and what is refused or does not come up is told by name, with the reason, beside what did.
 */
import { StepFailed } from "../engine/step-failed.ts";
import { applyRank, isGroundwork, isNotServed } from "../kube/apply-all.ts";
import { inParallel } from "../kube/in-parallel.ts";
import { type KubeClient, KubeRefused } from "../kube/kube-client.ts";
import type { ChartRelease } from "../manifests/chart-release.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { installChart } from "./chart-releases.ts";
import type { WantedCluster } from "./cluster-work.ts";
import { REQUESTS_AT_ONCE_MAX } from "./compare-objects.ts";
import { nameOf } from "./object-name.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { unreadyContents } from "./unready-contents.ts";
import { type Missing, waitFor, type WaitOptions } from "./wait-until.ts";

export interface DeliveryOptions {
  readonly client: KubeClient;
  /** For helm. */
  readonly kubeconfig: string;
  readonly ports: Pick<OperationPorts, "clock" | "reporter" | "helm">;
  readonly intervalMs: number;
  /** So long a stage waits for kinds that it defined itself, before it leaves the objects of such kinds to the end. */
  readonly graceMs: number;
  /** Nodes of machines that do not answer: nobody waits for what is on them. */
  readonly awayNodes: readonly string[];
  isInterrupted(): boolean;
}

interface Late {
  readonly object: KubeObject;
  readonly stage: string;
  readonly why: string;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  /** Objects that the API does not take yet, by name. */
  readonly #late = new Map<string, Late>();
  readonly #refused = new Map<string, StepFailed>();
  readonly #installing = new Set<ChartRelease>();
  #charts: Promise<void> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Charts are installed one after the other, beside what comes next; what rests on their kinds is taken when they are served. */
  async deliver(stage: string, objects: readonly KubeObject[], charts: readonly ChartRelease[]): Promise<void> {
    const groundwork = objects.filter(isGroundwork);
    await this.#applyRanks(stage, groundwork);
    for (const release of charts) {
      this.#installing.add(release);
      this.#charts = this.#charts.then(() => this.#install(stage, release));
    }
    await this.#applyRanks(stage, objects.filter((object) => !isGroundwork(object)));
    await this.#pass(() => this.#late.size === 0 || this.#installing.size > 0);
  }

  /** As `deliver`, to its end: charts are in, and the first refusal is thrown. For what everything else stands on. */
  async deliverWhole(stage: string, objects: readonly KubeObject[], charts: readonly ChartRelease[]): Promise<void> {
    await this.deliver(stage, objects, charts);
    await this.#charts;
    await this.#pass(() => this.#late.size === 0);
    const [refused] = this.#refused.values();
    if (refused !== undefined) throw refused;
  }

  /** Waits until all of `wanted` works, what was there before as well. What does not is given back, each with its reason. */
  async settle(wanted: WantedCluster, options: WaitOptions): Promise<StepFailed[]> {
    let withAway: readonly Missing[] = [];
    const { missing, waitedMs } = await waitFor(async () => {
      await this.#retry();
      const all = await this.#missing(wanted);
      withAway = all.filter(({ isAway }) => isAway === true);
      return all.filter(({ isAway }) => isAway !== true);
    }, options);
    for (const { what, why } of withAway) this.#options.ports.reporter.report({ kind: "note", machine: undefined, text: `${what}: ${why}` });
    // helm is not stopped in the middle: a half-installed release is harder to go on from.
    if (this.#installing.size > 0) await this.#charts;
    const within = `after ${Math.round(waitedMs / 1000)} s`;
    return [...this.#refused.values(), ...missing.map(({ what, why, hint }) => new StepFailed("waited-in-vain", `${what} is not ready ${within}: ${why}`, { hint }))];
  }

  async #missing(wanted: WantedCluster): Promise<Missing[]> {
    const unready = await unreadyContents(this.#options.client, wanted, { awayNodes: this.#options.awayNodes, isApplied: (object) => !this.#late.has(nameOf(object)) && !this.#refused.has(nameOf(object)) });
    const installing = [...this.#installing].map(({ name, chart }): Missing => ({ what: `chart ${name}`, why: `helm installs ${chart}`, hint: undefined }));
    const late = [...this.#late.values()].map(({ object, why }): Missing => ({ what: nameOf(object), why: `the API does not take it yet: ${why}`, hint: "what brings its kind, or answers for it, is not up", isStuck: true }));
    return [...unready, ...installing, ...late];
  }

  async #applyRanks(stage: string, objects: readonly KubeObject[]): Promise<void> {
    for (const rank of [...new Set(objects.map(applyRank))].sort((a, b) => a - b)) await this.#applyAll(objects.filter((object) => applyRank(object) === rank).map((object) => ({ object, stage, why: "" })));
  }

  async #retry(): Promise<void> {
    const late = [...this.#late.values()].sort((a, b) => applyRank(a.object) - applyRank(b.object));
    if (late.length > 0) await this.#applyAll(late);
  }

  async #pass(isEnough: () => boolean): Promise<void> {
    const { ports: { clock }, intervalMs, graceMs } = this.#options;
    const beganMs = clock.now();
    while (!isEnough() && clock.now() - beganMs < graceMs && !this.#options.isInterrupted()) {
      await new Promise<void>((resolve) => void clock.after(intervalMs, resolve));
      await this.#retry();
    }
  }

  #applyAll(all: readonly Late[]): Promise<void> {
    return inParallel(all, REQUESTS_AT_ONCE_MAX, (each) => this.#applyOne(each));
  }

  async #applyOne({ object, stage }: Late): Promise<void> {
    const { client, ports: { clock, reporter } } = this.#options;
    const name = nameOf(object);
    const beganMs = clock.now();
    try {
      await client.apply(object, { fieldManager: FIELD_MANAGER, force: true }, (text) => reporter.report({ kind: "note", machine: undefined, text: `${name}: the API warns: ${warningText(text)}` }));
      this.#late.delete(name);
      reporter.report({ kind: "change-ended", machine: undefined, step: stage, summary: `applied ${name}`, tookMs: clock.now() - beganMs });
    } catch (error) {
      if (error instanceof TypeError || !(error instanceof Error)) throw error;
      if (mayPass(error)) return void this.#late.set(name, { object, stage, why: error.message });
      this.#late.delete(name);
      this.#refuse(stage, name, `apply ${name}`, error);
    }
  }

  async #install(stage: string, release: ChartRelease): Promise<void> {
    const { ports: { clock, reporter, helm }, kubeconfig } = this.#options;
    const beganMs = clock.now();
    const summary = `installed chart ${release.name} ${release.version}`;
    try {
      if (this.#options.isInterrupted()) return;
      await installChart(helm, kubeconfig, release);
      reporter.report({ kind: "change-ended", machine: undefined, step: stage, summary, tookMs: clock.now() - beganMs });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      this.#refuse(stage, `chart ${release.name}`, "install", error);
    } finally {
      this.#installing.delete(release);
    }
  }

  #refuse(stage: string, name: string, summary: string, error: Error): void {
    this.#options.ports.reporter.report({ kind: "change-failed", machine: undefined, step: stage, summary, message: error.message });
    this.#refused.set(name, error instanceof StepFailed ? error : new StepFailed("change-failed", `${name}: the API refuses it: ${error.message}`, { step: stage, hint: "correct the file, and run the same command again; kubernest render shows the object", cause: error }));
  }
}

/** Which level would be violated, without each of its fields: namespaces warn at the next stricter one on purpose. */
function warningText(text: string): string {
  return /^would violate PodSecurity "[^"]*"/.exec(text)?.[0] ?? text;
}

/** No answer at all, a kind or namespace that is not there yet or still goes away, or the server's own trouble (a webhook that is not up) may pass; a refusal stays one. */
function mayPass(error: Error): boolean {
  if (!(error instanceof KubeRefused)) return true;
  return isNotServed(error) || error.code >= 500 || error.code === 429 || (error.code === 403 && error.message.includes("because it is being terminated"));
}
