/** `kubernest node add`, `remove`, `replace`: machines come into the cluster and leave it, and the file with them. */
import { Argument } from "commander";
import { nearestName } from "../../lib/nearest-name.ts";
import { own } from "../../lib/own.ts";
import { refusalToRemove } from "../../operations/remove-node.ts";
import { bringUpWishes } from "../bring-up.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { addNode } from "../node-add.ts";
import { removeNode } from "../node-remove.ts";
import { replaceNode } from "../node-replace.ts";

const ACTIONS = ["add", "remove", "replace"] as const;

/** What only some of them understand. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = { address: ["add"], roles: ["add"], like: ["add"], fileOnly: ["add"], gone: ["remove", "replace"], prune: ["add", "replace"] };

const HELP = `
add      Writes the machine into the file (comments stay), and does what  up  does. With --like it has the fields of another machine
         but for what is its own, and stands in every list in which that one does (switch, power strip, load balancers).
remove   Moves the pods off, lets the etcd member go, deletes the node, puts the machine back as it was, and takes it out of the
         file. One that does not answer is taken out all the same.
replace  Takes the machine out in the same way, and lets it join anew under its name: the same one, another one at its address, or
         one with a fresh disk. The file stays. A new host key is shown and asked for, or taken with  kubernest trust NAME --replace.
         A dead one is taken out; it joins with  kubernest up  when the new one answers.

Any node, the first control plane too. Refused for the last control plane, and where etcd would lose its majority.
Without a terminal: --yes, and for remove and replace --allow-destroy NAME.

  kubernest node add pi4 --address 192.168.1.14 --like pi3

Exit codes:
  0    done
  1    it must not be done, or something failed
  3    the file is invalid, or would be
  130  interrupted
`;

export const nodeCommand: CommandModule = {
  configure(command) {
    command
      .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
      .argument("<machine>", "its name in the file")
      .option("-c, --config <file>", "the homelab file")
      .option("-y, --yes", "do not ask")
      .option("--address <address>", "add: where SSH reaches it")
      .option("--roles <roles>", "add: control-plane, worker, load-balancer; several with commas")
      .option("--like <machine>", "add: a machine of the file that it is like")
      .option("--file-only", "add: write it into the file, and no more: for a machine that cannot be reached yet")
      .option("--gone", "remove, replace: it is gone for good; whoever answers there is not asked")
      .option("--allow-destroy <machine...>", "machines on which data may be destroyed")
      .option("--prune", "add, replace: take away what left the file, without asking")
      .addHelpText("after", HELP);
  },

  async run([action = "", name = ""], options, io) {
    const stray = Object.entries(OPTIONS_OF).find(([option, actions]) => options[option] !== undefined && !actions.includes(action));
    if (stray !== undefined) return complain(io, `--${stray[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for node ${stray[1].join(" and ")}.`);
    const file = homelabFile(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    const up = bringUpWishes(options, io);
    if (action === "add") {
      const roles = options["roles"] === undefined ? undefined : String(options["roles"]).split(",").map((role) => role.trim());
      return addNode(homelab, file, { name, address: options["address"] as string | undefined, roles, like: options["like"] as string | undefined, isFileOnly: options["fileOnly"] === true }, up, io);
    }
    const machine = own(homelab.machines, name);
    if (machine === undefined) {
      const meant = nearestName(name, Object.keys(homelab.machines));
      return complain(io, `${name} is no machine of ${homelab.name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
    }
    const refusal = refusalToRemove(homelab, machine);
    if (refusal !== undefined) return complain(io, refusal);
    if (!up.isApproved && !io.canAsk) return complain(io, `There is no terminal to ask in: approve with --yes --allow-destroy ${name}.`);
    if (up.isApproved && !up.destroyable.includes(name)) return complain(io, `This destroys what is on ${name}: allow it with --allow-destroy ${name}`);
    const wishes = { file, isApproved: up.isApproved, isGone: options["gone"] === true };
    return action === "remove" ? removeNode(homelab, machine, wishes, io) : replaceNode(homelab, machine, wishes, up, io);
  },
};

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}
