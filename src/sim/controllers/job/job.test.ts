import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { garbageCollector } from "../garbage-collector/garbage-collector.ts";
import type { Pod } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout } from "../testing/workloads.ts";
import { formatIndexes, indexOf, parseIndexes } from "./indexes.ts";
import type { Job } from "./job-shape.ts";
import { jobController } from "./job.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished.ts";

let cluster: TestCluster;
let ends: (pod: Pod) => "Succeeded" | "Failed" | undefined;

const job = (): Job => cluster.client.get<Job>("batch/jobs", "default", "task")!;
const pods = (): readonly Pod[] => cluster.client.list<Pod>("pods", { namespace: "default" });
const conditions = (): string[] => (job().status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

function create(spec: object = {}, restartPolicy = "Never"): void {
  const template = { spec: { restartPolicy, containers: [{ name: "task", image: "ghcr.io/example/task:1" }] } };
  cluster.client.create("batch/jobs", { apiVersion: "batch/v1", kind: "Job", metadata: { name: "task", namespace: "default" }, spec: { template, ...spec } });
}

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  cluster.start(jobController());
  cluster.start(ttlAfterFinishedController);
  cluster.start(garbageCollector());
  ends = () => "Succeeded";
  runPods(cluster, { startMs: 2_000, endsAs: (pod) => ends(pod) });
});

describe("a Job", () => {
  it("completes, with upstream's conditions and event", () => {
    create();
    cluster.run(500);
    expect(job().status).toMatchObject({ active: 1, ready: 0, terminating: 0, startTime: "2026-01-01T00:00:00Z" });
    expect(pods()[0]!.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
    cluster.run(10_000);
    const { conditions: _conditions, ...status } = job().status!;
    expect(status).toEqual({ startTime: "2026-01-01T00:00:00Z", completionTime: expect.stringMatching(/^2026-01-01T00:00:0\dZ$/), succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(conditions()).toEqual([
      "SuccessCriteriaMet=True CompletionsReached: Reached expected number of succeeded pods",
      "Complete=True CompletionsReached: Reached expected number of succeeded pods",
    ]);
    expect(eventsAbout(cluster.client, "Job", "task").at(-1)).toBe("Completed: Job completed");
    expect(pods()[0]!.metadata.finalizers).toBeUndefined();
  });

  it("never runs more pods at once than its parallelism", () => {
    let most = 0;
    cluster.client.watch("pods", () => {
      most = Math.max(most, pods().filter(({ status }) => status?.phase !== "Succeeded").length);
    });
    create({ completions: 5, parallelism: 2 });
    cluster.run(60_000);
    expect(most).toBe(2);
    expect(job().status).toMatchObject({ succeeded: 5 });
    expect(pods()).toHaveLength(5);
  });

  it("tries again later and later, and fails at the limit", () => {
    ends = () => "Failed";
    create({ backoffLimit: 2 });
    const starts: number[] = [];
    cluster.client.watch("pods", ({ type }) => {
      if (type === "ADDED") starts.push(Math.round((cluster.loop.now() - Date.UTC(2026, 0, 1)) / 1000));
    });
    cluster.run(300_000);
    expect(starts).toHaveLength(3);
    expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(12);
    expect(starts[2]! - starts[1]!).toBeGreaterThanOrEqual(22);
    expect(job().status).toMatchObject({ failed: 3, uncountedTerminatedPods: {} });
    expect(conditions()).toEqual([
      "FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit",
      "Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit",
    ]);
  });

  it("gives every index its pod", () => {
    create({ completions: 3, parallelism: 3, completionMode: "Indexed" });
    cluster.run(500);
    expect(pods().map(({ metadata }) => metadata.name.replace(/-[^-]+$/, "")).sort()).toEqual(["task-0", "task-1", "task-2"]);
    const second = pods().find((pod) => indexOf(pod) === 1)!;
    expect(second.spec.hostname).toBe("task-1");
    expect(second.metadata.labels?.["batch.kubernetes.io/job-completion-index"]).toBe("1");
    expect(second.spec.containers[0]!["env"]).toMatchObject([{ name: "JOB_COMPLETION_INDEX" }]);
    cluster.run(20_000);
    expect(job().status).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
  });

  it("fails only the index whose own limit is reached", () => {
    ends = (pod) => (indexOf(pod) === 1 ? "Failed" : "Succeeded");
    create({ completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 });
    cluster.run(120_000);
    expect(job().status).toMatchObject({ succeeded: 2, failed: 2, completedIndexes: "0,2", failedIndexes: "1" });
    expect(conditions().at(-1)).toBe("Failed=True FailedIndexes: Job has failed indexes");
  });

  it("ends early by its success policy", () => {
    ends = (pod) => (indexOf(pod) === 0 ? "Succeeded" : undefined);
    create({ completions: 3, parallelism: 3, completionMode: "Indexed", successPolicy: { rules: [{ succeededIndexes: "0" }] } });
    cluster.run(60_000);
    expect(conditions()).toEqual(["SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 0", "Complete=True SuccessPolicy: Matched rules at index 0"]);
    expect(job().status).toMatchObject({ succeeded: 1 });
    expect(job().status?.active).toBeUndefined();
  });

  it("follows its pod failure policy", () => {
    ends = () => "Failed";
    create({ podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] } });
    cluster.run(60_000);
    const { name } = pods()[0]!.metadata;
    expect(conditions().at(-1)).toBe(`Failed=True PodFailurePolicy: Container task for pod default/${name} failed with exit code 1 matching FailJob rule at index 0`);
    expect(pods()).toHaveLength(1);
  });

  it("stops when suspended and starts anew when resumed", () => {
    ends = () => undefined;
    create();
    cluster.run(10_000);
    cluster.client.patch("batch/jobs", "default", "task", { spec: { suspend: true } });
    cluster.run(10_000);
    expect(pods()).toEqual([]);
    expect(conditions()).toEqual(["Suspended=True JobSuspended: Job suspended"]);
    expect(job().status?.failed).toBeUndefined();
    cluster.client.patch("batch/jobs", "default", "task", { spec: { suspend: false } });
    cluster.run(10_000);
    expect(conditions()).toEqual(["Suspended=False JobResumed: Job resumed"]);
    expect(job().status).toMatchObject({ active: 1, ready: 1 });
  });

  it("fails when its deadline passes, and waits for its pods to stop", () => {
    ends = () => undefined;
    create({ activeDeadlineSeconds: 30 });
    cluster.run(60_000);
    expect(conditions().at(-1)).toBe("Failed=True DeadlineExceeded: Job was active longer than specified deadline");
    expect(job().status).toMatchObject({ failed: 1, terminating: 0 });
    expect(pods()).toEqual([]);
  });

  it("goes with its pods when its time to live is over", () => {
    create({ ttlSecondsAfterFinished: 60 });
    cluster.run(50_000);
    expect(job()).toBeDefined();
    cluster.run(30_000);
    expect(cluster.client.get("batch/jobs", "default", "task")).toBeUndefined();
    expect(pods()).toEqual([]);
  });

  it("lets its running pods go when it is deleted", () => {
    ends = () => undefined;
    create();
    cluster.run(10_000);
    cluster.client.delete("batch/jobs", "default", "task", { propagationPolicy: "Background" });
    cluster.run(20_000);
    expect(pods()).toEqual([]);
  });
});

describe("index lists", () => {
  it("are written as upstream does", () => {
    expect(formatIndexes(new Set([4, 0, 2, 3, 7, 8]))).toBe("0,2-4,7,8");
    expect([...parseIndexes("0,2-4,7,8", 8)]).toEqual([0, 2, 3, 4, 7]);
  });
});
