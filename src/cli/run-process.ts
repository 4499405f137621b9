/** A command in this process: the only place that looks at the process, prints, and exits. */
import { nodeVersionProblem } from "./node-version.ts";

/** `loadCli` comes after the version of Node is known to do. */
export async function runProcess(loadCli: () => Promise<{ runCli(args: readonly string[]): Promise<number> }>): Promise<void> {
  const problem = nodeVersionProblem(process.version);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
  // A reader that goes away (`| head`) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  const { runCli } = await loadCli();
  process.exitCode = await runCli(process.argv.slice(2));
}
