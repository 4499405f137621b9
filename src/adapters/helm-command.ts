/** `helm` as it is installed on this computer. Kubeconfig and values are files of mode 0600 in a directory of their own, gone when it ends. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Helm, HelmRequest } from "../ports/helm.ts";

const VERSION_DEADLINE_MS = 10_000;
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/** `program`: its path or name. */
export function helmCommand(env: NodeJS.ProcessEnv, program = "helm"): Helm {
  const run = (args: readonly string[], deadlineMs: number): Promise<{ code: number; output: string; isThere: boolean }> =>
    new Promise((resolve) => {
      execFile(program, [...args], { env, timeout: deadlineMs, maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        const late = error?.killed === true ? `\nended after ${Math.round(deadlineMs / 1000)} s` : "";
        resolve({ code, output: `${stdout}${stderr}${late}`.trim(), isThere: (error as NodeJS.ErrnoException | null)?.code !== "ENOENT" });
      });
    });
  return {
    async version() {
      const { code, output, isThere } = await run(["version", "--short"], VERSION_DEADLINE_MS);
      return isThere && code === 0 ? output : undefined;
    },
    async run({ args, kubeconfig, values, deadlineMs }: HelmRequest) {
      const directory = await mkdtemp(join(tmpdir(), "kubernest-helm-"));
      try {
        const write = async (name: string, text: string): Promise<string> => {
          const path = join(directory, name);
          await writeFile(path, text, { mode: 0o600, flag: "wx" });
          return path;
        };
        const files = ["--kubeconfig", await write("kubeconfig", kubeconfig), ...(values === undefined ? [] : ["--values", await write("values.yaml", values)])];
        const { code, output } = await run([...args, ...files], deadlineMs);
        return { code, output };
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}
