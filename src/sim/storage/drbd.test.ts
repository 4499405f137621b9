/** DRBD 9 as Piraeus sets it up: quorum majority, a tiebreaker, suspended I/O without one. */
import { expect, it } from "vitest";
import { LINSTOR } from "./drivers.ts";
import { placeDrbd } from "./drbd.ts";
import { lossWithout } from "./loss-without.ts";
import { VolumeBench } from "./testing/volume-bench.ts";

const bench = (wanted = 2, machines = ["w1", "w2", "w3"]): VolumeBench => new VolumeBench(LINSTOR, machines, wanted);

it("puts one copy where the first pod is; a machine without one has a vote where their number is even (auto-add-quorum-tiebreaker)", () => {
  expect(placeDrbd(2, "w3", LINSTOR, bench().world)).toEqual(["w3", "w1"]);
  expect(bench().use("w1").volume.tiebreaker).toBe("w3");
  expect(bench(3).use("w1").volume.tiebreaker).toBeUndefined();
  expect(bench(2, ["w1", "w2"]).use("w1").volume.tiebreaker).toBeUndefined();
});

it("waits 6 s for a peer that does not answer, then goes on with the tiebreaker's vote (net option timeout)", () => {
  const one = bench().use("w1").run(10).off("w2");
  expect(one.volume.stopped).toBe("volume data waits for its copy on w2");
  one.run(6);
  expect([one.volume.stopped, one.copies]).toEqual([undefined, { w1: "current", w2: "until 16" }]);
});

it("suspends I/O without a majority, and neither side falls behind (on-no-quorum suspend-io)", () => {
  const one = bench().use("w1").off("w2", "w3").run(600);
  expect(one.volume.stopped).toBe("volume data has no quorum: w2 and w3 out of reach");
  expect(one.copies).toEqual({ w1: "current", w2: "current" });
  one.back("w3").run(10);
  expect([one.volume.stopped, one.copies]).toEqual([undefined, { w1: "current", w2: "until 600" }]);
});

it("two copies without a third machine stop when either is lost", () => {
  expect(bench(2, ["w1", "w2"]).use("w1").off("w2").run(60).volume.stopped).toBe("volume data has no quorum: w2 out of reach");
});

it("a machine that is cut off writes nothing, so that the other side has all of it", () => {
  const one = bench().use("w1").cut("w1").run(60);
  expect(one.volume.stopped).toMatch(/no quorum/);
  one.use("w3");
  expect([one.volume.openOn, one.volume.stopped, one.volume.lost]).toEqual(["w3", undefined, []]);
  expect(one.copies).toEqual({ w1: "until 60", w2: "current" });
  one.back("w1").run(30);
  expect(one.copies).toEqual({ w1: "current", w2: "current" });
});

it("is never opened with a copy that is behind: that takes a person (drbdadm primary --force)", () => {
  const one = bench().use("w1").off("w2").run(60).off("w1").back("w2").use("w3");
  expect(one.volume.stopped).toBe("volume data has no copy that is up to date: the one on w1 is out of reach");
  expect(lossWithout(one.volume, new Set(["w1"]), one.world.nowMs)).toEqual({ extent: "writes", withinMs: 54_000, behind: "w2" });
});

it("catches up by itself, in use or not, and begins anew where its source is lost on the way", () => {
  const one = bench(2, ["w1", "w2", "w3"]).use("w1").off("w2").run(1200).back("w2");
  expect(one.copies["w2"]).toBe("filling");
  one.off("w1").run(10);
  expect(one.copies).toEqual({ w1: "current", w2: "half" });
  one.use(undefined).back("w1").run(200);
  expect(one.copies).toEqual({ w1: "current", w2: "current" });
});
