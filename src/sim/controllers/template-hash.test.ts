import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import { createTestCluster } from "../testing/harness.ts";
import { deploymentController } from "./deployment/deployment.ts";
import { statefulSetController } from "./stateful-set/stateful-set.ts";
import { revisionHash, templateHash } from "./template-hash.ts";

interface Case {
  name: string;
  collisionCount?: number;
  templateHash?: string;
  revisionHash?: string;
  /** As the API server had stored it. */
  template: unknown;
}

/** What the controllers of a real Kubernetes 1.36.3 named the ReplicaSets and ControllerRevisions of these templates. */
const CASES = JSON.parse(readFileSync(new URL("template-hash.cases.json", import.meta.url), "utf8")) as Case[];
const named = (key: "templateHash" | "revisionHash"): [string, Case][] => CASES.filter((each) => each[key] !== undefined).map((each) => [each.name, each]);

describe("the hash of a template", () => {
  it.each(named("templateHash"))("%s", (_name, { template, collisionCount, templateHash: hash }) => {
    expect(templateHash(template, collisionCount)).toBe(hash);
  });

  it("does not tell the empty from the absent, as the wire between server and controller does not", () => {
    const { template } = CASES[0]! as { template: { metadata: object; spec: object } };
    const padded = { metadata: { ...template.metadata, annotations: {}, finalizers: undefined }, spec: { volumes: [], ...template.spec, hostNetwork: false, nodeName: "" } };
    expect(templateHash(padded)).toBe(CASES[0]!.templateHash);
    expect(revisionHash(padded, 0)).toBe(CASES[0]!.revisionHash);
    expect(templateHash({ ...padded, spec: { ...padded.spec, hostNetwork: true } })).not.toBe(CASES[0]!.templateHash);
  });
});

describe("the hash of a StatefulSet's revision", () => {
  it.each(named("revisionHash"))("%s", (_name, { template, collisionCount = 0, revisionHash: hash }) => {
    expect(revisionHash(template, collisionCount)).toBe(hash);
  });
});

describe("from what a user writes to the name", () => {
  const labels = { app: "x", case: "plain" };
  const workload = (kind: string, more: object = {}): KubeObject => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "plain", namespace: "default" },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "ghcr.io/example/web:1.27" }] } }, ...more },
  });

  it("a Deployment's ReplicaSet and a StatefulSet's revision are named as a real cluster names them", () => {
    const cluster = createTestCluster();
    cluster.start(deploymentController);
    cluster.start(statefulSetController());
    cluster.client.create("apps/deployments", workload("Deployment"));
    cluster.client.create("apps/statefulsets", workload("StatefulSet", { serviceName: "s" }));
    cluster.run(5_000);
    const { templateHash: ofSet, revisionHash: ofRevision } = CASES.find(({ name }) => name === "plain")!;
    expect(cluster.client.list("apps/replicasets").map(({ metadata }) => metadata.name)).toEqual([`plain-${ofSet}`]);
    expect(cluster.client.list("apps/controllerrevisions").map(({ metadata }) => metadata.name)).toEqual([`plain-${ofRevision}`]);
  });
});
