import { expect, test } from "vitest";
import type { Plugin } from "./plugin.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";

const plugin = (name: string, ...requeueOn: Plugin["requeueOn"]): Plugin => ({ name, requeueOn });
const queue = (): SchedulingQueue => new SchedulingQueue([plugin("Fit", "pod-deleted", "node"), plugin("Volumes", "claim")]);

test("important pods first, then the older ones", () => {
  const one = queue();
  one.add("a", 0, 1);
  one.add("b", 10, 2);
  one.add("c", 0, 0);
  expect(one.pop()).toEqual(["b", "c", "a"]);
  expect(one.pop()).toEqual([]);
});

test("a pod comes back for the events of the plugins that refused it", () => {
  const one = queue();
  one.add("a", 0, 0);
  one.pop();
  one.putBack("a", 0, 0, new Set(["Volumes"]));
  expect(one.moveOn("node", 20_000)).toBe(false);
  expect(one.moveOn("claim", 20_000)).toBe(true);
  expect(one.pop()).toEqual(["a"]);
});

test("the wait doubles from one to ten seconds; with nothing else to do it is cut short, one pod at a time", () => {
  const one = queue();
  one.add("a", 0, 0);
  one.add("b", 0, 0);
  one.pop();
  for (const key of ["a", "b"]) one.putBack(key, 0, 0, new Set(["Fit"]));
  one.moveOn("node", 500);
  expect(one.isReady).toBe(true);
  expect(one.pop()).toHaveLength(1);
});

test("after an error nothing cuts the wait short", () => {
  const one = queue();
  const waits: number[] = [];
  for (let nowMs = 0, i = 0; i < 6; i++) {
    if (i === 0) one.add("a", 0, 0);
    expect(one.pop()).toEqual(["a"]);
    const untilMs = one.retry("a", 0, nowMs);
    waits.push((untilMs - nowMs) / 1000);
    expect(one.pop()).toEqual([]);
    nowMs = untilMs;
    one.release("a");
  }
  expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
});

test("five minutes are enough for any wait", () => {
  const one = queue();
  one.add("a", 0, 0);
  one.pop();
  one.putBack("a", 0, 0, new Set(["Fit"]));
  expect(one.flush(299_999)).toBe(false);
  expect(one.flush(300_000)).toBe(true);
  expect(one.pop()).toEqual(["a"]);
});

test("a pod that no plugin refused comes back for anything", () => {
  const one = queue();
  one.add("a", 0, 0);
  one.pop();
  one.putBack("a", 0, 0, new Set());
  expect(one.moveOn("csi", 20_000)).toBe(true);
  expect(one.pop()).toEqual(["a"]);
});

test("what helps one of many alike helps all, and is asked once", () => {
  const one = queue();
  for (const key of ["a", "b", "c"]) one.add(key, 0, 0);
  one.pop();
  one.putBack("a", 0, 0, new Set(["Fit"]), "Fit small");
  one.putBack("b", 0, 0, new Set(["Fit"]), "Fit small");
  one.putBack("c", 0, 0, new Set(["Fit"]), "Fit large");
  const asked: string[] = [];
  const isHelped = (plugin: string, key: string): boolean => asked.push(`${plugin} ${key}`) > 0 && key !== "c";
  expect(one.moveOn("node", 20_000, { isHelped })).toBe(true);
  expect(asked).toEqual(["Fit a", "Fit c"]);
  expect(one.pop()).toEqual(["a", "b"]);
  expect(one.unschedulableCount).toBe(1);
  one.remove("c");
  expect(one.moveOn("node", 20_000)).toBe(false);
});

test("of those whose back-off ends within the same second the important ones are tried first", () => {
  const one = queue();
  for (const key of ["a", "b", "c"]) one.add(key, 0, 0);
  one.pop();
  one.putBack("a", 0, 100, new Set(["Fit"]));
  one.putBack("b", 5, 900, new Set(["Fit"]));
  one.putBack("c", 9, 1_000, new Set(["Fit"]));
  one.moveOn("node", 1_000);
  expect([one.pop(), one.pop(), one.pop(), one.pop()]).toEqual([["b"], ["a"], ["c"], []]);
});
