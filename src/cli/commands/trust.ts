/** `kubernest trust`: host keys of machines that are new. Shows their fingerprints, asks, and writes known_hosts; a key that changed is replaced only when that is asked for. */
import { chosenMachines } from "../chosen-machines.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { learnHostKeys } from "../learn-host-keys.ts";
import { loadOrReport } from "../load-or-report.ts";

const HELP = `
Compare each fingerprint with what the machine itself shows, on its screen or a console you trust:

  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub

Keys that are known already are left as they are. A machine that shows another key than the known one is refused:
--replace takes the new one, when you know why it changed.

Exit codes:
  0  all machines are known now
  1  one could not be asked, shows another key, or was not accepted
`;

export const trustCommand: CommandModule = {
  configure(command) {
    command
      .argument("[machines...]", "machines, roles, or all (default: all)")
      .option("-c, --config <file>", "the homelab file")
      .option("-y, --yes", "accept without asking: only on a network that you trust")
      .option("--replace", "take the new key of a machine whose key has changed")
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const machines = chosenMachines(homelab, args.length === 0 ? ["all"] : args);
    if (typeof machines === "string") return complain(io, machines);
    const { learntCount, knownCount, problems, declined } = await learnHostKeys(machines, { replaces: options["replace"] === true, isApproved: options["yes"] === true }, io);
    if (declined !== undefined) return complain(io, declined);
    const said = [...(learntCount === 0 ? [] : [`${learntCount} machine${learntCount === 1 ? " is" : "s are"} known now.`]), ...(knownCount === 0 ? [] : [`${knownCount} ${knownCount === 1 ? "was" : "were"} already.`])];
    if (said.length > 0) io.stderr(`${said.join(" ")}\n`);
    if (problems.length > 0) return complain(io, problems.join("\n"));
    return EXIT.done;
  },
};

function complain(io: CommandIo, text: string): number {
  io.stderr(`${text}\n`);
  return EXIT.failed;
}
