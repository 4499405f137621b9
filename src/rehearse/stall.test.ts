/** When a cluster is given up: counts go up and down while it still moves, and stand still when it does not. */
import { describe, expect, it } from "vitest";
import type { Progress } from "./progress.ts";
import { Stall } from "./stall.ts";

const progress = (ready: number, total: number): Progress => {
  const none = { ready: 0, total: 0 };
  return { nodes: none, scheduled: none, images: none, workloads: { ready, total }, certificates: none, apps: none, isReady: false };
};

describe("stall", () => {
  it("counts from the last step forward", () => {
    const stall = new Stall();
    expect(stall.look(progress(0, 5), 1000)).toBe(0);
    expect(stall.look(progress(1, 5), 2000)).toBe(0);
    expect(stall.look(progress(1, 5), 9000)).toBe(7000);
    expect(stall.look(progress(2, 5), 9500)).toBe(0);
  });

  it("is not fooled by a container that comes and goes", () => {
    const stall = new Stall();
    for (let now = 0; now <= 600_000; now += 10_000) stall.look(progress((now / 10_000) % 2 === 0 ? 3 : 4, 5), now);
    expect(stall.look(progress(4, 5), 600_000)).toBe(590_000);
  });

  it("takes less that is missing for a step, too", () => {
    const stall = new Stall();
    stall.look(progress(4, 6), 0);
    expect(stall.look(progress(4, 5), 5000)).toBe(0);
  });
});
