/** What a person sees of waits: at a terminal one line that is drawn over, elsewhere a line now and then. */
import { expect, it } from "vitest";
import { operationView } from "./operation-view.ts";

function shown(isTerminal: boolean, seconds: readonly number[], reason: (second: number) => string = () => "deployment shop/web: 0 of 2 pods are available") {
  const written: string[] = [];
  const view = operationView({ stderr: (text) => void written.push(text), debug: () => undefined, colour: false, isTerminal, width: 60 });
  for (const second of seconds) view.report({ kind: "waiting", machine: undefined, whatFor: "all of it works", deadlineMs: 900_000, waitedMs: second * 1000, lastError: reason(second), hint: undefined });
  view.end();
  return written.join("");
}

const minute = Array.from({ length: 80 }, (_, second) => second);

it("tells a wait in plain lines after ten seconds, again when the reason changes, and once a minute", () => {
  expect(shown(false, minute)).toBe("    waiting until all of it works: 10 of 900 s; deployment shop/web: 0 of 2 pods are available\n    waiting until all of it works: 70 of 900 s; deployment shop/web: 0 of 2 pods are available\n");
  expect(shown(false, minute.slice(0, 30), (second) => (second < 15 ? "one" : "two"))).toBe("    waiting until all of it works: 10 of 900 s; one\n    waiting until all of it works: 20 of 900 s; two\n");
});

it("says nothing of a wait that is short", () => {
  expect(shown(false, [0, 1, 2])).toBe("");
});

it("draws one line over at a terminal, no wider than it, and leaves nothing of it", () => {
  const text = shown(true, [0, 1]);
  expect(text).toBe("    waiting until all of it works: 0 of 900 s; deployment s\r\u001b[2K    waiting until all of it works: 1 of 900 s; deployment s\r\u001b[2K");
});

it("tells what is stuck in full, with what is likely to help", () => {
  const written: string[] = [];
  operationView({ stderr: (text) => void written.push(text), debug: () => undefined, colour: false, isTerminal: false, width: 60 }).report({ kind: "stuck", what: "deployment shop/web", why: "web: ImagePullBackOff", hint: "is the name right?" });
  expect(written.join("")).toBe("    deployment shop/web: web: ImagePullBackOff\n      → is the name right?\n");
});

it("heads what is said by its stage, and leaves out a stage that says nothing", () => {
  const written: string[] = [];
  const view = operationView({ stderr: (text) => void written.push(text), debug: () => undefined, colour: false, isTerminal: false, width: 60 });
  for (const [stage, summary] of [["form", undefined], ["network", "applied DaemonSet kube-flannel/kube-flannel-ds"]] as const) {
    view.report({ kind: "stage-began", stage, title: `Stage ${stage}`, machines: [] });
    if (summary !== undefined) view.report({ kind: "change-ended", machine: undefined, step: stage, summary, tookMs: 2_000 });
    view.report({ kind: "stage-ended", stage, tookMs: 1 });
  }
  expect(written.join("")).toBe("==> Stage network\n    applied DaemonSet kube-flannel/kube-flannel-ds  2.0 s\n");
});
