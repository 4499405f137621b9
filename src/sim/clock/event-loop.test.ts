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
});
