/** Ceph 19 (Squid) with its defaults, under Rook; each case names the option or the function that it rests on. */
import { describe, expect, it } from "vitest";
import { leaderOf, minSizeOf } from "./ceph.ts";
import { CEPH_RBD } from "./drivers.ts";
import { lossWithout } from "./loss-without.ts";
import { VolumeBench } from "./testing/volume-bench.ts";

function bench(hosts = 3, size = 3): VolumeBench {
  const machines = Array.from({ length: hosts }, (_, index) => `h${index + 1}`);
  const one = new VolumeBench(CEPH_RBD, machines, size, machines);
  one.monitors = machines.slice(0, 3);
  return one;
}

it("min_size is the size less half of it (osd_pool_default_min_size 0)", () => {
  expect([1, 2, 3, 4, 5].map(minSizeOf)).toEqual([1, 1, 2, 2, 3]);
});

describe("a host that is lost", () => {
  it("is waited for until its stores are called down: 20 s after the last heartbeat, up to 6 s before (osd_heartbeat_grace, osd_heartbeat_interval)", () => {
    const one = bench().use("h1").run(10).off("h2");
    expect(one.volume.stopped).toBe("volume data waits for the store on h2, which is not called down yet");
    one.run(26);
    expect([one.volume.stopped, one.copies]).toEqual([undefined, { h1: "current", h2: "until 36", h3: "current" }]);
  });

  it("takes 900 s with a single host to say so (mon_osd_min_down_reporters 2, mon_osd_report_timeout)", () => {
    const one = bench(2, 2);
    one.monitors = ["h1"];
    one.use("h1").off("h2").run(899);
    expect(one.volume.stopped).toMatch(/not called down yet/);
    expect(one.run(1).volume.stopped).toBeUndefined();
  });

  it("is caught up with what it lacks when it is back", () => {
    const one = bench().use("h1").off("h2").run(120).back("h2");
    expect(one.volume.stopped).toBeUndefined();
    expect(one.run(10).copies).toEqual({ h1: "current", h2: "current", h3: "current" });
  });
});

it("two of three hosts gone: no majority of monitors, and nothing goes on until one is back", () => {
  const one = bench().use("h1").off("h2", "h3").run(3600);
  expect(leaderOf(one.world)).toBeUndefined();
  expect(one.volume.stopped).toMatch(/waits for the store on h2 and h3/);
  // With two of three the monitors agree again, and the third is called down by them and one reporter.
  one.back("h2").run(901);
  expect([one.volume.stopped, one.copies["h2"]]).toEqual([undefined, "current"]);
});

it("a store that was started anew comes back by way of the monitors only; one that was out of reach just answers again", () => {
  const one = bench();
  one.monitors = ["m1", "m2", "m3"];
  one.use("h1").off("m2", "m3").off("h2").run(10).back("h2").run(60);
  expect(one.volume.stopped).toMatch(/waits for the store on h2/);
  one.back("m2");
  expect(one.volume.stopped).toBeUndefined();
  expect(one.off("m2").cut("h2").run(10).back("h2").volume.stopped).toBeUndefined();
});

it("fewer copies than min_size take no I/O, though one has all (min_size 2)", () => {
  const one = bench(3, 3);
  one.monitors = ["h1", "m1", "m2"];
  one.use("h1").off("h2").run(60).off("h3").run(901);
  expect(one.volume.stopped).toBe("volume data takes no I/O: one copy of 3 left, and min_size is 2");
});

it("a client that has the map goes on without monitors, a new one does not come in", () => {
  const one = bench();
  one.monitors = ["m1", "m2", "m3"];
  one.use("h1").off("m2", "m3");
  expect(one.volume.stopped).toBeUndefined();
  expect(one.use(undefined).use("h2").volume.stopped).toBe("volume data cannot be opened: most of Ceph's monitors are away");
});

describe("from down to out", () => {
  it("others take over what a host had after 600 s, where there are enough (mon_osd_down_out_interval)", () => {
    const one = bench(4, 3);
    one.use("h1").off("h4").run(625);
    expect(one.volume.copies[3]!.isOut).toBeUndefined();
    expect(one.run(1).volume.copies[3]!.isOut).toBe(true);
    expect(one.run(103).copies["h4"]).toBe("replaced");
    // Three copies of everything again: a further host may go.
    expect(one.off("h3").run(30).volume.stopped).toBeUndefined();
  });

  it("of three hosts the first goes out though nobody can take over, the second never does (OSDMonitor::can_mark_out asks before: mon_osd_min_in_ratio 0.75)", () => {
    const one = bench(3, 3);
    one.monitors = ["m1", "m2", "m3"];
    one.use("h1").off("h2").run(700).off("h3").run(3600);
    expect(one.volume.copies.map(({ isOut }) => isOut)).toEqual([undefined, true, undefined]);
    expect(one.copies).toMatchObject({ h2: "until 26" });
  });
});

describe("what is lost with disks", () => {
  const lossOf = (one: VolumeBench, ...machines: string[]) => lossWithout(one.volume, new Set(machines), one.world.nowMs)?.extent;

  it("is everything as soon as so many hosts are gone as there are copies, however many others there are: some group was on just these", () => {
    const one = bench(5, 3).use("h1");
    expect([lossOf(one, "h1", "h2"), lossOf(one, "h1", "h2", "h3")]).toEqual([undefined, "everything"]);
  });

  it("is less where a third of them had fallen behind only", () => {
    const one = bench(3, 3).use("h1").off("h3").run(120);
    expect(lossOf(one, "h1", "h2")).toBe("writes");
  });
});
