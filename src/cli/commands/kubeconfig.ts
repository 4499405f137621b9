/** `kubernest kubeconfig`: the administrator's way into the real cluster, printed, written to a file, or put among the user's own. */
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { StepFailed } from "../../engine/step-failed.ts";
import { KubeconfigUnreadable } from "../../kube/kubeconfig.ts";
import { mergeKubeconfig } from "../../kube/merge-kubeconfig.ts";
import { readKubeconfig } from "../../operations/read-kubeconfig.ts";
import { askYes } from "../ask.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText } from "../failure-text.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { realOperationPorts } from "../real-operation-ports.ts";

const HELP = `
It is read from a control plane over SSH. Who has it may do everything in the cluster: files are written with mode 0600.

  kubernest kubeconfig -o maison.yaml      # then: kubectl --kubeconfig maison.yaml get nodes
  kubernest kubeconfig --merge             # into the file that kubectl uses; context: the homelab's name

--merge never loses an entry: a name that another cluster has gets a number behind ours, comments stay, and the file as it was
is kept beside it. Another context that is in use stays so, unless you say yes to switching, or --switch.

Exit codes:
  0  done
  1  no control plane answers, or a file could not be read or written
  3  the homelab file is invalid
`;

export const kubeconfigCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", "the homelab file")
      .option("-o, --output <file>", "write it to this file; - for standard output", "-")
      .option("--merge", "put it into $KUBECONFIG, or ~/.kube/config")
      .option("--switch", "with --merge: use this context from now on")
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const output = String(options["output"] ?? "-");
    if (options["merge"] === true && output !== "-") return complain(io, "--merge writes into the file that kubectl uses: take --merge or -o, not both.");
    let own: string;
    try {
      own = await readKubeconfig(homelab, realOperationPorts(homelab, io, operationView(io), () => undefined));
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      io.stderr(failureText([error], io));
      return EXIT.failed;
    }
    if (options["merge"] === true) return putAmongOwn(own, homelab.name, options["switch"] === true, io);
    if (output === "-") io.stdout(own);
    else {
      io.writeFile(output, own, { mode: 0o600 });
      io.stderr(`Wrote ${output} (0600). Try:  kubectl --kubeconfig ${output} get nodes\n`);
    }
    return EXIT.done;
  },
};

/** As kubectl does: of the files in KUBECONFIG the first that exists, else the last. */
export function kubeconfigFiles(io: Pick<CommandIo, "env" | "exists" | "cwd">): { target: string; others: string[] } {
  const files = (io.env["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  if (files.length === 0) files.push(join(io.env["HOME"] || homedir(), ".kube", "config"));
  const there = files.filter((path) => io.exists(path));
  const target = there[0] ?? files.at(-1)!;
  return { target, others: there.filter((path) => path !== target) };
}

export async function putAmongOwn(own: string, name: string, isSwitched: boolean, io: CommandIo, ask: (question: string) => Promise<boolean> = askYes): Promise<number> {
  const { target, others } = kubeconfigFiles(io);
  const isThere = io.exists(target);
  const before = isThere ? io.readFile(target) : "";
  const merge = (doesSwitch: boolean): ReturnType<typeof mergeKubeconfig> => mergeKubeconfig(before, own, name, { others: others.map((path) => io.readFile(path)), isSwitched: doesSwitch });
  try {
    let merged = merge(isSwitched);
    if (merged.current !== merged.context && !isSwitched && io.canAsk && (await ask(`Use the context ${merged.context} from now on, instead of ${merged.current ?? "the one in use"}?`))) merged = merge(true);
    if (!merged.isChanged) {
      io.stderr(`${target} has it already, as the context ${merged.context}.\n`);
      return EXIT.done;
    }
    const backup = isThere ? `${target}.before-${name}-${new Date(io.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "")}` : undefined;
    if (backup !== undefined) io.writeFile(backup, before, { mode: 0o600 });
    // A link stays one: what it points to is written.
    io.writeFile(isThere ? linkedFile(target, io) : target, merged.text, { mode: 0o600 });
    if (merged.context !== name) io.stderr(`Another cluster is called ${name} there: this one is ${merged.context}.\n`);
    io.stderr(`Wrote ${target}${backup === undefined ? "" : `; as it was: ${backup}`}\n`);
    io.stderr(merged.current === merged.context ? `kubectl uses the context ${merged.context} now.\n` : `The context in use stays. This one:  kubectl --context ${merged.context} get nodes   or   kubectl config use-context ${merged.context}\n`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof KubeconfigUnreadable)) throw error;
    return complain(io, `${target} was left as it is: ${error.message}\n  → mend it, or write to another file: kubernest kubeconfig -o ${name}.yaml`);
  }
}

function linkedFile(path: string, io: CommandIo): string {
  try {
    return realpathSync(resolve(io.cwd, path));
  } catch {
    // It went meanwhile: written anew.
    return path;
  }
}

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}
