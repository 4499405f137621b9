import { expect, test } from "vitest";
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { Siblings } from "./siblings.ts";

const pod = (name: string, owner: string, image = "ghcr.io/example/app:1"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "web", labels: { app: "web" }, ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: owner, controller: true }] },
  spec: { containers: [{ name: "app", image, volumeMounts: [{ name: `token-${name}`, mountPath: "/token" }], resources: { requests: { cpu: "10m" } } }], tolerations: [{ operator: "Exists" }] },
});

test("of pods of one controller one copy is kept of what is the same, and they say what they said", () => {
  const siblings = new Siblings();
  const [first, second] = [pod("a", "one"), pod("b", "one")];
  const before = JSON.stringify([first, second]);
  siblings.share(first);
  siblings.share(second);
  expect(JSON.stringify([first, second])).toBe(before);
  expect(second["spec"].tolerations).toBe(first["spec"].tolerations);
  expect(second.metadata.labels).toBe(first.metadata.labels);
  expect(second.metadata.ownerReferences).toBe(first.metadata.ownerReferences);
  const [one, other] = [first, second].map(({ spec }) => spec.containers[0]);
  expect(other.resources).toBe(one.resources);
  expect(other.volumeMounts).not.toBe(one.volumeMounts);
});

test("nothing is shared with the pods of another controller, nor what has its fields in another order, fewer or more of them", () => {
  const siblings = new Siblings();
  siblings.share(pod("a", "one"));
  const stranger = pod("b", "two");
  const untouched = cloneJson(stranger);
  siblings.share(stranger);
  expect(stranger).toEqual(untouched);
  const turned = pod("c", "two");
  turned["spec"].containers[0].resources.requests = { memory: "1Gi", cpu: "10m" };
  turned["spec"].tolerations = [{ operator: "Exists" }, { key: "a" }];
  turned.metadata.labels = {};
  const before = JSON.stringify(turned);
  siblings.share(turned);
  expect(JSON.stringify(turned)).toBe(before);
  const back = pod("d", "two");
  const text = JSON.stringify(back);
  siblings.share(back);
  expect(JSON.stringify(back)).toBe(text);
});
