/** Longhorn v1.11: each case names the setting or the function of longhorn-manager that it rests on. */
import { describe, expect, it } from "vitest";
import { LONGHORN } from "./drivers.ts";
import { placeLonghorn } from "./longhorn.ts";
import { lossWithout } from "./loss-without.ts";
import { VolumeBench } from "./testing/volume-bench.ts";

const bench = (wanted = 2, machines = ["w1", "w2", "w3"]): VolumeBench => new VolumeBench(LONGHORN, machines, wanted);

describe("places", () => {
  it("never puts two replicas on a node (replica-soft-anti-affinity is false)", () => {
    expect(placeLonghorn(3, [], LONGHORN, bench(3, ["w1", "w2"]).world)).toEqual(["w1", "w2"]);
  });

  it("prefers other zones, and takes the same one where there is no other (replica-zone-soft-anti-affinity is true)", () => {
    const one = bench(3, ["a1", "a2", "b1"]);
    for (const [machine, zone] of [["a1", "a"], ["a2", "a"], ["b1", "b"]] as const) one.zones.set(machine, zone);
    expect(placeLonghorn(2, [], LONGHORN, one.world)).toEqual(["a1", "b1"]);
    expect(placeLonghorn(3, [], LONGHORN, one.world)).toEqual(["a1", "b1", "a2"]);
  });
});

describe("an engine", () => {
  it("waits 8 s for a replica that does not answer, then goes on without it (engine-replica-timeout)", () => {
    const one = bench().use("w1").run(10).off("w2");
    expect(one.volume.stopped).toBe("volume data waits for its copy on w2");
    one.run(7.9);
    expect(one.volume.stopped).toBeDefined();
    one.run(0.1);
    expect(one.volume.stopped).toBeUndefined();
    expect(one.copies).toEqual({ w1: "current", w2: "until 18" });
  });

  it("has no quorum: the last replica keeps serving", () => {
    const one = bench(3, ["w1", "w2", "w3"]).use("w1").off("w2", "w3").run(60);
    expect(one.volume.stopped).toBeUndefined();
    expect(one.copies).toEqual({ w1: "current", w2: "until 8", w3: "until 8" });
  });

  it("goes on as before with one that answers again in time", () => {
    const one = bench().use("w1").cut("w2").run(5).back("w2").run(60);
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
  });

  it("fills a replica that is back with what it lacks, once its node is ready", () => {
    const one = bench().use("w1").off("w2").notReady("w2").run(300).back("w2");
    expect(one.copies["w2"]).toBe("filling");
    one.run(10);
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
  });

  it("fills no more than five on a node at once (concurrent-replica-rebuild-per-node-limit)", () => {
    const one = bench(2, ["w1", "w2"]).use("w1").off("w2").run(60);
    one.busy.set("w2", 5);
    one.back("w2").run(60);
    expect(one.copies["w2"]).toBe("until 8");
    one.busy.set("w2", 4);
    one.look().run(60);
    expect(one.copies["w2"]).toBe("current");
  });
});

describe("a replica that does not come back", () => {
  it("is replaced elsewhere after 600 s (replica-replenishment-wait-interval), and removed when it is stale (staleReplicaTimeout 30 min)", () => {
    const one = bench().use("w1").off("w2").notReady("w2").run(607);
    expect(one.copies).toEqual({ w1: "current", w2: "until 8" });
    one.run(2);
    expect(one.copies["w3"]).toBe("filling");
    // 6 GiB at 60 MiB/s.
    one.run(103);
    expect(one.copies).toEqual({ w1: "current", w2: "until 8", w3: "current" });
    one.run(1200);
    expect(one.copies).toEqual({ w1: "current", w3: "current" });
  });

  it("has no successor where each machine has one already", () => {
    const one = bench(3, ["w1", "w2", "w3"]).use("w1").off("w2").notReady("w2").run(3600);
    expect(one.copies).toEqual({ w1: "current", w2: "until 8", w3: "current" });
  });

  it("whose disk is gone is waited for as long, as nobody knows; then the new disk takes one like any other", () => {
    const one = bench().use("w1").empty("w2").run(600);
    expect(one.copies).toEqual({ w1: "current", w2: "lost" });
    one.run(120);
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
  });
});

describe("all replicas away at once", () => {
  it("is faulted while they are, and salvaged when they are back within a minute of each other; programs are started anew (auto-salvage, RemountRequestedAt)", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w3").off("w1").run(5).off("w2").run(10);
    expect(one.volume.stopped).toMatch(/^volume data is faulted: no copy that can be used answers \(w1 and w2\)/);
    one.notReady("w1", "w2").run(100).back("w1", "w2").run(60);
    expect(one.volume.stopped).toBeUndefined();
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
    expect([one.remounts, one.volume.lost]).toEqual([1, []]);
  });

  it("is salvaged with one that is behind where the newer one's node is down: what it lacks is lost (volume_controller.go, IsNodeDownOrDeleted)", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w3").off("w1").notReady("w1").run(300).off("w2").notReady("w2").run(20);
    expect(one.volume.stopped).toMatch(/faulted/);
    one.back("w1").run(20);
    expect(one.volume.stopped).toBeUndefined();
    expect(one.volume.lost.map(({ fromMs, toMs, why }) => [one.at(fromMs), one.at(toMs), why])).toEqual([[8, 300, "Longhorn went on with the copy on w1, which was behind, while the one on w2 was out of reach"]]);
    // What comes back later is overwritten.
    one.back("w2").run(30);
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
  });

  it("leaves out those that failed more than a minute before the last (AutoSalvageTimeLimit)", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w3").off("w1").notReady("w1").run(300).off("w2").notReady("w2").run(20).back("w1", "w2");
    expect(one.volume.lost).toEqual([]);
    expect(one.volume.copies.map(({ machine, rebuiltAtMs }) => [machine, rebuiltAtMs !== undefined])).toEqual([["w1", true], ["w2", false]]);
  });

  it("waits for a replica whose node is not known to be down", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w1").use(undefined).off("w2").use("w3");
    expect([one.volume.openOn, one.volume.stopped]).toEqual([undefined, "volume data is not open yet"]);
    one.notReady("w2");
    expect([one.volume.openOn, one.volume.stopped]).toEqual(["w3", undefined]);
  });
});

describe("a machine that is cut off with its program", () => {
  it("writes on to its own replica, which is given up for the others' when these are taken elsewhere", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w1").run(10).cut("w1").run(60);
    expect([one.volume.stopped, one.copies]).toEqual([undefined, { w1: "current", w2: "until 18" }]);
    one.notReady("w1").use("w3");
    expect(one.copies).toEqual({ w1: "until 18", w2: "current" });
    const [lost] = one.volume.lost;
    expect([one.at(lost!.fromMs), one.at(lost!.toMs), one.at(lost!.seenToMs)]).toEqual([18, 70, 10]);
  });

  it("goes on with what it wrote where nobody took them in between", () => {
    const one = bench(2, ["w1", "w2", "w3"]).use("w1").cut("w1").notReady("w1").run(120).back("w1").run(60);
    expect(one.copies).toEqual({ w1: "current", w2: "current" });
    expect(one.volume.lost).toEqual([]);
  });
});

it("a second disk lost before the first copy is filled again loses what only these had; after that nothing", () => {
  const one = bench().use("w1").off("w2").notReady("w2").run(60);
  expect(lossWithout(one.volume, new Set(["w1"]), one.world.nowMs)).toEqual({ extent: "writes", withinMs: 52_000, behind: "w2" });
  one.empty("w2");
  expect(lossWithout(one.volume, new Set(["w1"]), one.world.nowMs)).toEqual({ extent: "everything", copies: 2 });
  one.run(900);
  expect(one.copies).toMatchObject({ w1: "current", w3: "current" });
  expect(lossWithout(one.volume, new Set(["w1"]), one.world.nowMs)).toBeUndefined();
});
