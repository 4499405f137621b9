/** Objects from the store are never changed in place: homes come up, lose what they can lose and get it back with every stored object frozen. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { scenariosOf } from "../../src/rehearse/prove/prove.ts";
import { runFromStart } from "../../src/rehearse/prove/run-from-start.ts";
import { WarmClusters, warmStartOf } from "../../src/rehearse/prove/warm-start.ts";
import { Store } from "../../src/sim/store/store.ts";
import { createTestCluster } from "../../src/sim/testing/harness.ts";
import { changesInPlace, freezeStored } from "./frozen-store.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "./virtual-rehearsal.ts";

let thaw: () => void = () => undefined;
beforeAll(() => {
  thaw = freezeStored();
});
afterAll(() => thaw());

describe("stored objects", { timeout: 180_000 }, () => {
  it("cannot be changed in place here, and a control loop that tries is told of", () => {
    const store = new Store();
    const stored = store.put("configmaps", "default/a", () => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" }, data: { key: "value" } }));
    expect(() => (stored["data"].key = "other")).toThrow(TypeError);
    const cluster = createTestCluster();
    cluster.start({ name: "careless", watches: [{ type: "configmaps" }], sync: (_key, { client }) => void client.list("configmaps").forEach((one) => (one.metadata.labels = {})) });
    cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } });
    cluster.run(1);
    expect(changesInPlace(cluster.log)).toEqual([expect.stringContaining("careless: default/a: TypeError: Cannot add property labels")]);
  });

  // Every kind of fault, a part of its targets each.
  it.each([
    ["examples/gazette/homelab.yaml", 5],
    ["examples/kubeadm-ha/homelab.yaml", 13],
    ["examples/nixos-flux/homelab.yaml", 11],
    ["examples/proxmox/three-nodes.yaml", 17],
  ])("stay as they are while %s comes up and loses what it can lose", async (path, every) => {
    const homelab = await homelabOf(path);
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true, log });
    expect(await rehearsal.settle(() => false)).toMatchObject({ isReady: true });
    rehearsal.cluster.run(MINUTE_MS);
    const start = warmStartOf(rehearsal.cluster, "1");
    await rehearsal.close();
    const authority = certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0));
    // As a proof has them, and as somebody would read them.
    const places = [true, false].map((isClosed) => new WarmClusters(homelab, start, authority, log, isClosed));
    const tried = scenariosOf(homelab, "all").filter((_, index) => index % every === 0);
    for (const [index, scenario] of tried.entries()) runFromStart(places[index % 2]!, homelab, scenario);
    expect(changesInPlace(lines)).toEqual([]);
  });
});
