/** Apart from `lab-command.ts`, which scripts use too: these are hooks of the test runner. */
import { afterAll, beforeAll } from "vitest";
import type { LabUnderTest } from "./lab-command.ts";

/** The machines are there for the tests of this block, and for what is set up after this call; behind them they are taken away. `options`: of `lab up`. */
export function whileUp(lab: LabUnderTest, ...options: string[]): void {
  beforeAll(() => {
    const up = lab.lab("up", ...options);
    if (up.code !== 0) throw new Error(`lab up: ${up.stderr}`);
  });
  afterAll(() => {
    lab.lab("down");
    lab.remove();
  });
}
