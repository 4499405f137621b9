import { expect, test } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../test/rehearse/virtual-rehearsal.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { Change } from "../sim/store/store.ts";
import type { Rehearsal } from "./rehearsal.ts";

/** Whose content is random: keys and certificates. */
const SECRET = /secret|configmap|certificate|webhookconfiguration/;

function withoutOwners(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Of an event what it says; its fields in any order. */
const told = ({ metadata: { name, uid }, reason, message, count, firstTimestamp, lastTimestamp, involvedObject }: KubeObject): unknown => [name, uid, reason, message, count, firstTimestamp, lastTimestamp, involvedObject.uid];

async function changesOf(file: string, isUnread: boolean): Promise<{ rehearsal: Rehearsal; changes: string[] }> {
  const rehearsal = virtualRehearsal(await homelabOf(file), { isBreakable: true, isUnread });
  const changes: string[] = [];
  rehearsal.cluster.registry.store.listen(undefined, ({ type, key, kind, revision, object }: Change) => {
    const content = SECRET.test(type) ? "" : JSON.stringify(type === "events" ? told(object) : withoutOwners(object));
    changes.push(`${type} ${key} ${kind} ${revision} ${content}`);
  });
  const outcome = await rehearsal.settle(() => false);
  expect(outcome.isReady).toBe(true);
  rehearsal.cluster.run(MINUTE_MS);
  return { rehearsal, changes };
}

test.each(["examples/gazette/homelab.yaml", "examples/proxmox/three-nodes.yaml"])("a cluster that nobody reads lives as one that is read, and keeps less: %s", async (file) => {
  const read = await changesOf(file, false);
  const unread = await changesOf(file, true);
  expect(unread.changes).toEqual(read.changes);
  const { client } = unread.rehearsal.cluster;
  expect(read.rehearsal.cluster.client.list("events").length).toBeGreaterThan(50);
  expect(client.list("events").filter((event) => event["involvedObject"].kind !== "Service")).toEqual([]);
  const owned = (pods: readonly KubeObject[]): number => pods.filter((pod) => pod.metadata.managedFields !== undefined).length;
  expect(owned(client.list("pods"))).toBe(0);
  expect(owned(read.rehearsal.cluster.client.list("pods"))).toBe(client.list("pods").length);
  await Promise.all([read.rehearsal.close(), unread.rehearsal.close()]);
}, 60_000);
