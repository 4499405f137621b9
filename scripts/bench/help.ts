/** `kubernest --help` as a user waits for it: the built program, Node's own start included. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { promisify } from "node:util";
import { type Bench, timed } from "./bench-definition.ts";

const PROGRAM = "dist/main.mjs";

export const help: Bench = {
  name: "help",
  title: "kubernest --help",
  unit: "ms",
  goal: { max: 150 },
  repeatCount: 15,
  async measure() {
    await access(PROGRAM).catch(() => {
      throw new Error(`there is no ${PROGRAM}; run npm run build`);
    });
    const run = promisify(execFile);
    const { wallMs: nodeMs } = await timed(() => run(process.execPath, ["-e", "0"]));
    const { wallMs, result } = await timed(() => run(process.execPath, [PROGRAM, "--help"]));
    if (!result.stdout.includes("rehearse")) throw new Error("the help does not list the commands");
    return { value: wallMs, notes: { "node -e 0 ms": nodeMs } };
  },
};
