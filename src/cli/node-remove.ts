/** `kubernest node remove`: a machine leaves the cluster and the file. Shows what will be done and the file's diff first, and asks by name. */
import { withoutMachine } from "../config/edit-machines.ts";
import type { Homelab, Machine } from "../config/homelab.ts";
import { resetWork } from "../operations/reset.ts";
import { askName } from "./ask.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { depart, departureText } from "./departure.ts";
import { fileDiff, homelabAfter } from "./file-change.ts";

export interface NodeWishes {
  readonly file: string;
  readonly isApproved: boolean;
  /** By the user's word, nobody is there to ask. */
  readonly isGone: boolean;
}

export async function removeNode(homelab: Homelab, machine: Machine, { file, isApproved, isGone }: NodeWishes, io: CommandIo): Promise<number> {
  const { name } = machine;
  const text = /\.[cm]?[jt]s$/.test(file) ? undefined : withoutMachine(io.readFile(file), name);
  if (text !== undefined) {
    const rest = await homelabAfter(file, text, `Without ${name}`, io);
    if (typeof rest === "number") return rest;
  }
  const byHand = `Take ${name} out of ${file} by hand, as it cannot be edited from here: machines.${name}, and its name in every list.`;
  const wishes = { homelab, machine, work: (machines: readonly Machine[]) => ({ ...resetWork(homelab, machines), operation: "node remove" }), isGone, afterFailure: "The file was not changed: run the same command again to go on." };
  return depart(wishes, io, async (departure, perform) => {
    io.stdout(`${departureText(departure, io)}\n${text === undefined ? byHand : fileDiff(file, io.readFile(file), text, io)}\n`);
    if (!isApproved && !(await askName("the machine's name", name))) {
      io.stderr("Nothing was changed.\n");
      return EXIT.failed;
    }
    if (!(await perform())) {
      io.stderr("Interrupted, and the file was not changed: run the same command again to go on.\n");
      return EXIT.interrupted;
    }
    if (text !== undefined) io.writeFile(file, text);
    io.stderr(text === undefined ? `${name} is no node any more. ${byHand} Until then kubernest up would make it one again.\n` : `${name} is no part of ${homelab.name} any more. Next:  kubernest up   brings the others in line.\n`);
    return EXIT.done;
  });
}
