/** A rehearsal that is kept in a file: what is there again after a resume, what starts anew, and what no longer belongs there. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/objects/kube-object.ts";
import type { Rehearsal } from "../../src/rehearse/rehearsal.ts";
import { parseSnapshot, type Snapshot } from "../../src/rehearse/snapshot.ts";
import { kubernest, ROOT } from "./cli.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal, waitingOf } from "./virtual-rehearsal.ts";

const EXAMPLE = join(ROOT, "examples/proxmox/homelab.yaml");

/** As the file would hold it. */
function kept(rehearsal: Rehearsal): Snapshot {
  const snapshot = parseSnapshot(JSON.stringify(rehearsal.snapshot()), rehearsal.homelab.name);
  if (typeof snapshot === "string") throw new Error(snapshot);
  return snapshot;
}

const restarts = (pod: KubeObject): number[] => ((pod["status"]?.containerStatuses ?? []) as { restartCount: number }[]).map(({ restartCount }) => restartCount);

describe("a resume", () => {
  let before: Rehearsal;
  let after: Rehearsal;

  beforeAll(async () => {
    const homelab = await homelabOf(EXAMPLE);
    before = virtualRehearsal(homelab);
    expect(await waitingOf(before)).toEqual([]);
    before.cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default", name: "mine" }, data: { note: "made by hand" } } as KubeObject);
    before.cluster.run(MINUTE_MS);
    const snapshot = kept(before);
    await before.close();
    after = virtualRehearsal(homelab, { snapshot });
    // Machines were off: nobody is Ready before it has booted.
    expect(after.progress()).toMatchObject({ nodes: { ready: 0, total: 3 }, isReady: false });
    expect(await waitingOf(after)).toEqual([]);
    after.cluster.run(5 * MINUTE_MS);
  }, 40_000);

  afterAll(() => after?.close());

  it("has everything that the API held, also what was made by hand", () => {
    expect(after.cluster.client.get("configmaps", "default", "mine")?.["data"]).toEqual({ note: "made by hand" });
    for (const type of ["namespaces", "services", "persistentvolumeclaims", "apps/deployments", "apps/statefulsets", "apps/daemonsets"]) {
      const names = (rehearsal: Rehearsal): string[] => rehearsal.cluster.client.list(type).map(({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.uid}`).sort();
      expect(names(after)).toEqual(names(before));
    }
  });

  it("keeps the pods, whose containers have started once more", () => {
    const uids = new Map(before.cluster.client.list("pods").map((pod) => [pod.metadata.uid, pod]));
    const running = after.cluster.client.list("pods").filter((pod) => pod["status"]?.phase === "Running");
    const kept = running.filter((pod) => uids.has(pod.metadata.uid));
    expect(kept.length).toBeGreaterThan(10);
    for (const pod of kept) {
      if (pod["spec"].restartPolicy !== undefined && pod["spec"].restartPolicy !== "Always") continue;
      const old = restarts(uids.get(pod.metadata.uid)!);
      restarts(pod).forEach((count, index) => expect(count, pod.metadata.name).toBeGreaterThan(old[index]!));
    }
  });

  it("keeps volumes bound, services at their addresses, and stays ready", () => {
    const addresses = (rehearsal: Rehearsal): unknown[] => rehearsal.cluster.client.list("services").map((service) => [service.metadata.name, service["spec"].clusterIP]).sort();
    expect(addresses(after)).toEqual(addresses(before));
    for (const claim of after.cluster.client.list("persistentvolumeclaims")) expect(claim["status"]?.phase).toBe("Bound");
    expect(after.progress()).toMatchObject({ isReady: true });
  });

  it("gives no name and no uid out twice", () => {
    const uids = after.cluster.registry.store.types().flatMap((type) => after.cluster.registry.store.list(type).map(({ metadata }) => metadata.uid));
    const known = uids.filter((uid) => uid !== undefined);
    expect(new Set(known).size).toBe(known.length);
  });

  it("goes on with revisions where they were", () => {
    expect(after.cluster.registry.store.revision).toBeGreaterThan(before.cluster.registry.store.revision);
  });
});

describe("a resume with a changed file", () => {
  it("removes what the file no longer asks for: apps with their objects, machines with their nodes", async () => {
    const gazette = readFileSync(join(ROOT, "examples/gazette/homelab.yaml"), "utf8");
    const two = `${gazette}  wiki:\n    image: ghcr.io/example/wiki:2.0.0\n    port: 8080\n    host: wiki\n    architectures: [arm64]\n`;
    const first = virtualRehearsal(await homelabOf("homelab.yaml", two));
    expect(await waitingOf(first)).toEqual([]);
    expect(first.cluster.client.get("apps/deployments", "wiki", "wiki")).toBeDefined();
    const snapshot = kept(first);
    await first.close();

    const smaller = gazette.replace(/^ {2}pi3: .*\n/m, "").replaceAll("pi2, pi3", "pi2");
    const second = virtualRehearsal(await homelabOf("homelab.yaml", smaller), { snapshot });
    expect(await waitingOf(second)).toEqual([]);
    second.cluster.run(6 * MINUTE_MS);
    const { client } = second.cluster;
    expect(client.list("nodes").map(({ metadata }) => metadata.name).sort()).toEqual(["pi1", "pi2"]);
    expect(client.list("namespaces").map(({ metadata }) => metadata.name)).not.toContain("wiki");
    expect(client.list("pods").filter(({ metadata }) => metadata.namespace === "wiki")).toEqual([]);
    expect(client.list("pods").filter((pod) => pod["spec"].nodeName === "pi3")).toEqual([]);
    expect(second.progress()).toMatchObject({ isReady: true });
    await second.close();
  }, 30_000);
});

describe("--snapshot", () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "kubernest-snapshot-"));
    copyFileSync(join(ROOT, "examples/gazette/homelab.yaml"), join(directory, "homelab.yaml"));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("saves at the end for its user alone, and goes on from there", async () => {
    const first = await kubernest(["rehearse", "--virtual", "--snapshot", "lab.json"], directory);
    expect(first.code, first.stderr).toBe(0);
    expect(statSync(join(directory, "lab.json")).mode & 0o777).toBe(0o600);
    const { store } = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as Snapshot;
    const second = await kubernest(["rehearse", "--virtual", "--snapshot", "lab.json"], directory);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain("goes on from lab.json, machines boot again");
    expect((JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as Snapshot).store.revision).toBeGreaterThan(store.revision);
  }, 30_000);

  it("refuses a file that is none, and leaves it as it is", async () => {
    writeFileSync(join(directory, "notes.txt"), "my notes");
    const ended = await kubernest(["rehearse", "--virtual", "--snapshot", "notes.txt"], directory);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr.trim()).toBe("rehearse: --snapshot notes.txt is not a snapshot: it is no JSON; choose another file, or remove it to start anew");
    expect(readFileSync(join(directory, "notes.txt"), "utf8")).toBe("my notes");
  });

  it.each([
    ["{}", "is not a snapshot of a rehearsal"],
    ["null", "is not a snapshot of a rehearsal"],
    ['{"format":"kubernest-snapshot/9"}', "is a snapshot in the format kubernest-snapshot/9; this version reads kubernest-snapshot/1"],
    ['{"format":"kubernest-snapshot/1","homelab":"maison"}', "is not a whole snapshot"],
    ['{"format":"kubernest-snapshot/1","homelab":"labo","nowMs":1,"applied":[],"nodes":[],"store":{"revision":1,"objects":[]}}', "is a snapshot of the homelab labo, not of maison"],
  ])("tells what is wrong with %s", (text, why) => {
    expect(parseSnapshot(text, "maison")).toBe(why);
  });
});
