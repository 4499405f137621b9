import { describe, expect, it } from "vitest";
import { EventLoop } from "./event-loop.ts";

describe("event loop", () => {
  it("runs by time, then by order of arrival", () => {
    const loop = new EventLoop(1000);
    const seen: string[] = [];
    loop.after(20, () => seen.push(`late@${loop.now()}`));
    loop.after(10, () => {
      seen.push(`first@${loop.now()}`);
      loop.after(0, () => seen.push(`nested@${loop.now()}`));
    });
    loop.after(10, () => seen.push(`second@${loop.now()}`));
    expect(loop.runUntil(1100)).toBe(4);
    expect(seen).toEqual(["first@1010", "second@1010", "nested@1010", "late@1020"]);
    expect(loop.now()).toBe(1100);
  });

  it("runs what is due at once after what was planned for the same moment before it", () => {
    const loop = new EventLoop(0);
    const seen: string[] = [];
    loop.after(0, () => seen.push("first"));
    loop.after(10, () => {
      seen.push("planned");
      const cancel = loop.after(0, () => seen.push("cancelled"));
      loop.after(0, () => {
        seen.push("due");
        loop.after(0, () => seen.push("nested"));
        expect([loop.nextAt(), loop.nextChangeAt(), loop.pendingCount]).toEqual([10, 10, 2]);
      });
      cancel();
    });
    loop.after(10, () => seen.push("planned too"));
    loop.after(11, () => seen.push("later"));
    expect(loop.nextAt()).toBe(0);
    loop.runUntil(20);
    expect(seen).toEqual(["first", "planned", "planned too", "due", "nested", "later"]);
    expect(loop.pendingCount).toBe(0);
  });

  it("forgets what is cancelled", () => {
    const loop = new EventLoop(0);
    let count = 0;
    const cancel = loop.after(5, () => count++);
    loop.after(6, () => count++);
    cancel();
    cancel();
    expect(loop.pendingCount).toBe(1);
    expect(loop.nextAt()).toBe(6);
    loop.runUntil(10);
    expect(count).toBe(1);
    expect(loop.pendingCount).toBe(0);
    expect(loop.nextAt()).toBeUndefined();
  });

  it("stops after a number of events, so that an endless loop is found", () => {
    const loop = new EventLoop(0);
    const again = (): void => void loop.after(0, again);
    again();
    expect(loop.runUntil(1, 100)).toBe(100);
    expect(loop.now()).toBe(0);
  });

  it("skips time that has nothing but upkeep in it, which then comes as much later", () => {
    const loop = new EventLoop(0);
    const seen: string[] = [];
    const beat = (): void => {
      seen.push(`beat@${loop.now()}`);
      loop.upkeep(10, beat);
    };
    loop.upkeep(10, beat);
    loop.after(100, () => seen.push(`change@${loop.now()}`));
    const cancel = loop.after(40, () => seen.push("cancelled"));
    cancel();
    loop.runUntil(12);
    expect(loop.nextChangeAt()).toBe(100);
    loop.skip(80);
    expect([loop.now(), loop.lived()]).toEqual([92, 12]);
    loop.runUntil(112);
    expect(seen).toEqual(["beat@10", "change@100", "beat@100", "beat@110"]);
    expect(loop.nextChangeAt()).toBeUndefined();
  });

  it("does not skip what changes something", () => {
    const loop = new EventLoop(0);
    loop.after(5, () => undefined);
    expect(() => loop.skip(6)).toThrow("nothing but upkeep");
  });
});
