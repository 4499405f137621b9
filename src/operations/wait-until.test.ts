import { describe, expect, it } from "vitest";
import { StepFailed } from "../engine/step-failed.ts";
import type { Clock } from "../ports/clock.ts";
import type { ProgressEvent } from "../ports/reporter.ts";
import { type Missing, waitFor, waitUntil } from "./wait-until.ts";

function outside() {
  let nowMs = 0;
  const events: ProgressEvent[] = [];
  const clock: Clock = { now: () => nowMs, after: (delayMs, fn) => (setImmediate(() => ((nowMs += delayMs), fn())), () => undefined) };
  return { events, options: { whatFor: "the apps' pods are ready", deadlineMs: 3_000, intervalMs: 1_000, clock, reporter: { report: (event: ProgressEvent) => void events.push(event) }, isInterrupted: () => false } };
}

const IMAGE: Missing = { what: "deployment shop/web", why: "0 of 2 pods are available: web: ImagePullBackOff", hint: "is the image's name right?" };
const OTHER: Missing = { what: "deployment shop/api", why: "not looked at yet", hint: undefined };

describe("a wait", () => {
  it("says what is missing, why, and for how long at most", async () => {
    const { events, options } = outside();
    let looks = 0;
    await waitUntil(() => Promise.resolve(looks++ === 0 ? [IMAGE, OTHER] : []), options);
    expect(events).toEqual([{ kind: "waiting", machine: undefined, whatFor: "the apps' pods are ready", deadlineMs: 3_000, waitedMs: 0, lastError: "deployment shop/web: 0 of 2 pods are available: web: ImagePullBackOff, and 1 more", hint: "is the image's name right?" }]);
  });

  it("ends at its deadline with everything that is missing", async () => {
    const error = await waitUntil(() => Promise.resolve([OTHER, IMAGE]), outside().options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StepFailed);
    expect({ ...(error as StepFailed), message: (error as StepFailed).message }).toMatchObject({
      code: "waited-in-vain",
      message: "the apps' pods are ready: not within 3 s; deployment shop/api: not looked at yet, and 1 more",
      hint: "is the image's name right?",
      output: ["deployment shop/api: not looked at yet", "deployment shop/web: 0 of 2 pods are available: web: ImagePullBackOff"],
    });
  });

  it("goes on when the API does not answer for a while", async () => {
    const { events, options } = outside();
    let looks = 0;
    await waitUntil(() => (looks++ === 0 ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve([])), options);
    expect(events).toMatchObject([{ lastError: "the API: connect ECONNREFUSED" }]);
  });

  it("ends when the user wants to stop", async () => {
    await waitUntil(() => Promise.resolve([IMAGE]), { ...outside().options, isInterrupted: () => true });
  });

  it("ends when all that is missing has been stuck for two minutes, and tells each once", async () => {
    const { events, options } = outside();
    const stuck = { ...IMAGE, isStuck: true };
    const { missing, waitedMs } = await waitFor(() => Promise.resolve([stuck]), { ...options, deadlineMs: 900_000 });
    expect([missing, waitedMs]).toEqual([[stuck], 120_000]);
    expect(events.filter(({ kind }) => kind === "stuck")).toEqual([{ kind: "stuck", what: IMAGE.what, why: IMAGE.why, hint: IMAGE.hint }]);
  });

  it("goes on while something else is on its way, and begins to count again when that is there", async () => {
    const { events, options } = outside();
    const stuck = { ...IMAGE, isStuck: true };
    let looks = 0;
    const { waitedMs } = await waitFor(() => Promise.resolve(looks++ < 300 ? [stuck, OTHER] : [stuck]), { ...options, deadlineMs: 900_000 });
    expect(waitedMs).toBe(420_000);
    // What was told by name gives its place to the rest.
    expect(events.filter(({ kind }) => kind === "waiting").at(100)).toMatchObject({ lastError: expect.stringContaining("deployment shop/api: not looked at yet, and 1 more") as string });
  });

  it("does not tell what is stuck for a moment", async () => {
    const { events, options } = outside();
    let looks = 0;
    await waitFor(() => Promise.resolve(looks++ < 5 ? [{ ...IMAGE, isStuck: true }] : []), { ...options, deadlineMs: 900_000 });
    expect(events.filter(({ kind }) => kind === "stuck")).toEqual([]);
  });
});
