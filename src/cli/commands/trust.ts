/** `kubernest trust`: host keys of machines that are new. Shows their fingerprints, asks, and writes known_hosts; a key that changed is replaced only when that is asked for. */
import { KnownHosts, type OfferedKey } from "../../adapters/known-hosts.ts";
import { askYes } from "../ask.ts";
import { chosenMachines } from "../chosen-machines.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { textTable } from "../text-table.ts";

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
    const hosts = new KnownHosts({ configFile: io.env["KUBERNEST_SSH_CONFIG"], env: io.env });
    const reached = machines.filter(({ address }) => address !== undefined);
    const offers = await Promise.all(reached.map(async (machine) => ({ machine, offer: await hosts.look(machine.address!, machine.ssh.port, machine.ssh.jump) })));
    const problems: string[] = machines.filter(({ address }) => address === undefined).map(({ name }) => `${name}: no address in the file`);
    const news: { machine: string; keys: readonly OfferedKey[]; isReplacement: boolean }[] = [];
    for (const { machine, offer } of offers) {
      if (offer.kind === "silent") problems.push(`${machine.name}: ${offer.why}\n  → is it on, and at ${machine.address}? Behind a jump host, log in once with ssh itself: it asks the same question`);
      else if (offer.kind === "changed" && options["replace"] !== true) problems.push(`${machine.name} shows another host key than the known one: another machine at this address, or installed anew\n  → if you know why: kubernest trust ${machine.name} --replace`);
      else if (offer.kind !== "known") news.push({ machine: machine.name, keys: offer.keys, isReplacement: offer.kind === "changed" });
    }
    if (news.length > 0) {
      io.stdout(`${textTable([["MACHINE", "KEY", "FINGERPRINT"], ...news.flatMap(({ machine, keys }) => keys.map(({ type, fingerprint }) => [machine, type, fingerprint]))])}\n`);
      if (options["yes"] !== true && !io.canAsk) return complain(io, "There is no terminal to ask in: compare the fingerprints, then use --yes.");
      if (options["yes"] !== true && !(await askYes(news.length === 1 ? "Is this the machine's own fingerprint?" : "Are these the machines' own fingerprints?"))) return complain(io, "Nothing was written.");
      for (const { keys, isReplacement } of news) await hosts.accept(keys, isReplacement);
    }
    const known = offers.length - news.length - problems.length;
    io.stderr(`${news.length === 0 ? "" : `${news.length} machine${news.length === 1 ? " is" : "s are"} known now. `}${known > 0 ? `${known} ${known === 1 ? "was" : "were"} already.` : ""}\n`);
    if (problems.length > 0) return complain(io, problems.join("\n"));
    return EXIT.done;
  },
};

function complain(io: CommandIo, text: string): number {
  io.stderr(`${text}\n`);
  return EXIT.failed;
}
