import { expect, it } from "vitest";
import type { CommandResult, Computer } from "../ports/computer.ts";
import { ComputerFailed } from "../ports/computer.ts";
import type { PlannedLab } from "./lab.ts";
import { labPaths } from "./lab-paths.ts";
import type { LabMachine } from "./lab-plan.ts";
import { waitForAnswer } from "./power.ts";

const MACHINE: Partial<LabMachine> = { name: "w1", address: "192.0.2.11", port: 22, user: "pi", isFresh: false };

/** `answers`: what one ssh after the other comes to. Every other script finds one process. */
function labThatAnswers(answers: readonly (CommandResult | Error)[]): { lab: PlannedLab; askedCount: () => number } {
  let count = 0;
  let nowMs = 0;
  const computer: Partial<Computer> = {
    async run({ argv, deadlineMs }) {
      if (!argv.includes("ssh")) return { code: 0, stdout: "42", stderr: "" };
      const answer = answers[Math.min(count++, answers.length - 1)]!;
      if (!(answer instanceof Error)) return answer;
      nowMs += deadlineMs;
      throw answer;
    },
    readText: async () => undefined,
    sleep: async (durationMs) => void (nowMs += durationMs),
    nowMs: () => nowMs,
  };
  const register = { path: "/sys/fs/cgroup", version: 2 as const, controllers: [] };
  return { lab: { computer: computer as Computer, name: "trial", paths: labPaths("/state", "trial"), register } as unknown as PlannedLab, askedCount: () => count };
}

const LATE = new ComputerFailed("timed-out", "nsenter: not done after 10 s");

it("asks again when an attempt got no turn on a busy computer", async () => {
  const { lab, askedCount } = labThatAnswers([LATE, { code: 255, stdout: "", stderr: "Connection refused" }, { code: 0, stdout: "", stderr: "" }]);
  await waitForAnswer(lab, MACHINE as LabMachine);
  expect(askedCount()).toBe(3);
});

it("gives up in the end, with what was said last", async () => {
  const { lab } = labThatAnswers([LATE]);
  await expect(waitForAnswer(lab, MACHINE as LabMachine)).rejects.toThrow("w1: no answer over SSH in 180 s; the last was: nsenter: not done after 10 s");
});

it("passes on that it was interrupted", async () => {
  const { lab } = labThatAnswers([new ComputerFailed("interrupted", "interrupted")]);
  await expect(waitForAnswer(lab, MACHINE as LabMachine)).rejects.toMatchObject({ code: "interrupted" });
});
