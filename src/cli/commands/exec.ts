/** `kubernest exec`: one command on several machines at once, as the user who logs in. */
import { sshConnector } from "../../adapters/ssh-shell.ts";
import { shellWords } from "../../lib/shell-quote.ts";
import { targetOf } from "../../operations/observe.ts";
import { ShellFailed } from "../../ports/shell.ts";
import { askHidden } from "../ask.ts";
import { chosenMachines } from "../chosen-machines.ts";
import { type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";

const CONNECT_DEADLINE_MS = 10_000;
const COMMAND_DEADLINE_MS = 24 * 3600 * 1000;

const HELP = `
MACHINE is a machine, a role (control-plane, worker, load-balancer) or all; several are separated by commas.
Each line of output begins with the machine's name when there are several.

  kubernest exec pi1 -- uptime
  kubernest exec worker -- df -h /
  kubernest exec all -- 'journalctl -u kubelet -n 5 | cat'     # one word: a shell line

Exit codes:
  0  every machine answered with 0
  1  one did not; which, and with what, is printed last
`;

export const execCommand: CommandModule = {
  configure(command) {
    command.argument("<machines>", "machine, role or all").argument("<command...>", "what to run").option("-c, --config <file>", "the homelab file").option("--sudo", "as root").addHelpText("after", HELP);
  },

  async run([which = "", ...words], options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const machines = chosenMachines(homelab, which.split(","));
    if (typeof machines === "string") {
      io.stderr(`${machines}\n`);
      return EXIT.failed;
    }
    const connector = sshConnector({ configFile: io.env["KUBERNEST_SSH_CONFIG"], env: { ...io.env, KUBERNEST_SUDO_PASSWORD: undefined }, sudoPassword: async (machine) => io.env["KUBERNEST_SUDO_PASSWORD"] ?? (io.canAsk ? await askHidden(`Password for sudo on ${machine}`) : undefined), debug: (line) => io.debug(line) });
    const script = words.length === 1 ? words[0]! : shellWords(words);
    const width = Math.max(...machines.map(({ name }) => name.length));
    const endings = await Promise.all(
      machines.map(async (machine): Promise<string | undefined> => {
        const target = targetOf(machine);
        if (target === undefined) return `${machine.name}: no address in the file`;
        const prefix = machines.length === 1 ? "" : `${machine.name.padEnd(width)}  `;
        try {
          const shell = await connector.connect(options["sudo"] === true ? target : { ...target, sudo: "none" }, { deadlineMs: CONNECT_DEADLINE_MS });
          const { code } = await shell.run({ script: `cd; ( ${script}\n) 2>&1`, deadlineMs: COMMAND_DEADLINE_MS, onLine: (line) => io.stdout(`${prefix}${line}\n`) });
          await shell.close();
          return code === 0 ? undefined : `${machine.name}: exit code ${code}`;
        } catch (error) {
          if (!(error instanceof ShellFailed)) throw error;
          return `${error.message}\n  → ${error.hint}`;
        }
      }),
    );
    const failed = endings.filter((ending) => ending !== undefined);
    if (failed.length > 0) io.stderr(`${failed.join("\n")}\n`);
    return failed.length > 0 ? EXIT.failed : EXIT.done;
  },
};
