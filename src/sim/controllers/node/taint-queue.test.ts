/** How fast waiting nodes are let through, and what a change of the rate does to it. */
import { beforeEach, expect, it } from "vitest";
import { EventLoop } from "../../clock/event-loop.ts";
import { TaintQueue } from "./taint-queue.ts";

let loop: EventLoop;
let through: [name: string, atMs: number][];
let queue: TaintQueue;

beforeEach(() => {
  loop = new EventLoop(0);
  through = [];
  queue = new TaintQueue(loop, 0.1, 100, (name) => {
    through.push([name, loop.now()]);
    return true;
  });
});

it("lets the first through at the next pass, and one every ten seconds after it", () => {
  for (const name of ["a", "b", "c"]) queue.add(name);
  loop.runUntil(60_000);
  expect(through).toEqual([["a", 100], ["b", 10_100], ["c", 20_100]]);
});

it("lets nobody through while the rate is none, and the first only ten seconds after it is one again", () => {
  queue.setRate(0);
  queue.add("a");
  loop.runUntil(60_000);
  expect(through).toEqual([]);
  queue.setRate(0.1);
  loop.runUntil(120_000);
  // Measured on a real control plane after all nodes had been silent: 11.8 s, with up to 5 s until it was noticed.
  expect(through).toEqual([["a", 70_000]]);
});
