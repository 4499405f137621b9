import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { garbageCollector } from "../garbage-collector/garbage-collector.ts";
import type { Job } from "../job/job-shape.ts";
import { jobController } from "../job/job.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout } from "../testing/workloads.ts";
import { cronJobController, type CronJob } from "./cron-job.ts";
import { dueSchedule, parseSchedule } from "./schedule.ts";

const MINUTE = 60_000;
let cluster: TestCluster;
const jobs = (): readonly Job[] => cluster.client.list<Job>("batch/jobs", { namespace: "default" });
const cronJob = (): CronJob => cluster.client.get<CronJob>("batch/cronjobs", "default", "backup")!;

function start(runMs: number, ends: "Succeeded" | "Failed" = "Succeeded"): void {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  for (const reconciler of [cronJobController, jobController(), garbageCollector()]) cluster.start(reconciler);
  runPods(cluster, { startMs: runMs, endsAs: () => ends });
}

function create(spec: object): void {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "backup", image: "ghcr.io/example/backup:1" }] } };
  cluster.client.create("batch/cronjobs", { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "backup", namespace: "default" }, spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template, backoffLimit: 0 } }, ...spec } });
}

describe("a CronJob", () => {
  beforeEach(() => start(5_000));

  it("starts a Job at each of its times, named after the minute, and keeps the last three", () => {
    create({});
    cluster.run(5 * MINUTE + 1_000);
    expect(jobs()).toHaveLength(1);
    expect(jobs()[0]!.metadata).toMatchObject({
      name: `backup-${Date.UTC(2026, 0, 1, 0, 5) / MINUTE}`,
      annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:05:00Z" },
    });
    expect(cronJob().status).toMatchObject({ active: [{ kind: "Job", apiVersion: "batch/v1", name: jobs()[0]!.metadata.name }], lastScheduleTime: "2026-01-01T00:05:00Z" });
    cluster.run(29 * MINUTE);
    expect(jobs()).toHaveLength(3);
    expect(cronJob().status?.active).toBeUndefined();
    expect(cronJob().status?.lastSuccessfulTime).toMatch(/^2026-01-01T00:30:0\dZ$/);
    const { name } = jobs()[0]!.metadata;
    expect(eventsAbout(cluster.client, "CronJob", "backup")).toContain(`SawCompletedJob: Saw completed job: ${name}, condition: Complete`);
  });

  it("does nothing while suspended", () => {
    create({ suspend: true });
    cluster.run(30 * MINUTE);
    expect(jobs()).toEqual([]);
  });

  it("runs in its time zone", () => {
    create({ schedule: "30 2 * * *", timeZone: "Europe/Paris" });
    cluster.run(90 * MINUTE + 1_000);
    expect(cronJob().status?.lastScheduleTime).toBe("2026-01-01T01:30:00Z");
  });
});

describe("a Job that is still running at the next time", () => {
  it.each([
    ["Forbid", 1],
    ["Allow", 2],
    ["Replace", 1],
  ])("%s", (concurrencyPolicy, count) => {
    start(8 * MINUTE);
    create({ concurrencyPolicy });
    cluster.run(11 * MINUTE);
    expect(jobs()).toHaveLength(count);
    const expected = concurrencyPolicy === "Forbid" ? "2026-01-01T00:05:00Z" : "2026-01-01T00:10:00Z";
    expect(cronJob().status?.lastScheduleTime).toBe(expected);
  });
});

describe("missed times", () => {
  const every5 = parseSchedule("*/5 * * * *");
  const at = (hour: number, minute = 0, second = 0): number => Date.UTC(2026, 0, 1, hour, minute, second);

  it("give the latest one", () => {
    expect(dueSchedule(every5, at(0), at(1, 2), undefined)).toEqual({ atMs: at(1), isManyMissed: false });
    expect(dueSchedule(every5, at(0), at(0, 4), undefined)).toBeUndefined();
  });

  it("are warned of from the hundred and first, and the latest still runs", () => {
    expect(dueSchedule(every5, at(0), at(9, 1), undefined)).toEqual({ atMs: at(9), isManyMissed: true });
  });

  it("are forgotten beyond the starting deadline", () => {
    expect(dueSchedule(every5, at(0), at(1, 2), 60_000)).toBeUndefined();
    expect(dueSchedule(every5, at(0), at(1, 0, 30), 60_000)).toEqual({ atMs: at(1), isManyMissed: false });
  });

  it("are not looked for in what is no schedule", () => {
    expect(() => parseSchedule("every day")).toThrow(/expected exactly 5 fields/);
    expect(parseSchedule("@every 1h30m").next(at(0))).toBe(at(1, 30));
    expect(parseSchedule("0 0 30 2 *").next(at(0))).toBeUndefined();
  });
});
