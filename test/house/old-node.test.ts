/** On a Node that is too old, what `npm ci` and `npm start` run ends with the one line that helps, before anything is loaded that needs a newer one. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const AS_OLD = `data:text/javascript,Object.defineProperty(process,"version",{value:"v18.20.8"})`;

it.each(["scripts/build.ts", "src/cli/main.ts", "src/cli/shipped-main.ts"])("%s says what is needed", (program) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--import", AS_OLD, program], { cwd: ROOT, encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: "kubernest needs Node 20.19 or newer; this is v18.20.8. Install a current one (https://nodejs.org) and run the command again.\n" });
});
