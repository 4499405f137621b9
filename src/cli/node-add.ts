/** `kubernest node add`: a machine is written into the file and brought up, or brought up where the file has it already. The file's diff is shown with the plan, and asked for with it. */
import { type NewMachine, withMachine } from "../config/edit-machines.ts";
import type { Homelab } from "../config/homelab.ts";
import type { StepFailed } from "../engine/step-failed.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";
import { upRefusal, upRefusalText } from "../operations/up-refusal.ts";
import { ShellFailed } from "../ports/shell.ts";
import { askYes } from "./ask.ts";
import { bringUp, type BringUpWishes } from "./bring-up.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { fileDiff, homelabAfter } from "./file-change.ts";
import { learnHostKeys } from "./learn-host-keys.ts";

export interface AddWishes {
  readonly name: string;
  readonly address: string | undefined;
  readonly roles: readonly string[] | undefined;
  /** A machine of the file that it is like. */
  readonly like: string | undefined;
  /** It is not reached yet: nothing but the file is changed. */
  readonly isFileOnly: boolean;
}

export async function addNode(homelab: Homelab, file: string, wishes: AddWishes, up: BringUpWishes, io: CommandIo): Promise<number> {
  const { name, address, roles, like, isFileOnly } = wishes;
  const there = own(homelab.machines, name);
  if (there !== undefined) {
    const differs = (address !== undefined && address !== there.address) || roles !== undefined || like !== undefined;
    if (differs) return complain(io, `${name} is in ${file} already${there.address === undefined ? "" : `, at ${there.address}`}: change it there, then kubernest up.`);
    io.stderr(`${name} is in ${file} already${isFileOnly ? "." : ": it is brought up."}\n`);
    return isFileOnly ? EXIT.done : broughtUp(homelab, { ...up, needed: [name] }, io);
  }
  if (like !== undefined && own(homelab.machines, like) === undefined) {
    const meant = nearestName(like, Object.keys(homelab.machines));
    return complain(io, `--like ${like}: no machine of ${homelab.name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  if (address === undefined) return complain(io, `Where is ${name}? Give its address:  kubernest node add ${name} --address 192.0.2.14`);
  const machine: NewMachine = { name, address, roles, like };
  const before = io.readFile(file);
  const text = /\.[cm]?[jt]s$/.test(file) ? undefined : withMachine(before, machine);
  if (text === undefined) return complain(io, `${file} cannot be edited from here, as it is a program or writes its machines in another way. Write into its machines:\n\n  ${entryText(machine)}\n\nThen:  kubernest node add ${name}`);
  const after = await homelabAfter(file, text, `With ${name}`, io);
  if (typeof after === "number") return after;
  const diff = fileDiff(file, before, text, io);
  const write = (): void => {
    io.writeFile(file, text);
    io.stderr(`${name} is in ${file} now.\n`);
  };
  if (isFileOnly) {
    io.stdout(`${diff}\n`);
    if (!up.isApproved && !io.canAsk) return complain(io, "There is no terminal to ask in: approve with --yes.");
    if (!up.isApproved && !(await askYes("Write this?"))) return complain(io, "Nothing was changed.");
    write();
    io.stderr(`Next:  kubernest trust ${name}   kubernest ssh-key ${name}   kubernest node add ${name}\n`);
    return EXIT.done;
  }
  if (!up.isApproved && io.canAsk) {
    const { declined } = await learnHostKeys([after.machines[name]!], { replaces: false, isApproved: false }, io);
    if (declined !== undefined) return complain(io, declined);
  }
  const onStopped = (failures: readonly StepFailed[]): void => {
    const mine = failures.find((failure) => failure.machine === name);
    const isKnownFirst = mine?.cause instanceof ShellFailed && ["host-key-unknown", "host-key-changed", "login-refused"].includes(mine.cause.code);
    io.stderr(`${file} was not changed.${isKnownFirst ? ` trust and ssh-key know machines of the file: add --file-only writes ${name} into it first.` : ""}\n`);
  };
  return broughtUp(after, { ...up, needed: [name], besides: diff, onApproved: write, onStopped }, io);
}

async function broughtUp(homelab: Homelab, up: BringUpWishes, io: CommandIo): Promise<number> {
  const refusal = upRefusal(homelab);
  if (refusal !== undefined) return complain(io, upRefusalText(refusal, "node add").trimEnd());
  if (!up.isApproved && !io.canAsk) return complain(io, "There is no terminal to ask in: approve with --yes.");
  return bringUp(homelab, up, io);
}

/** As it stands in a program, and on one line of YAML. */
function entryText({ name, address, roles, like }: NewMachine): string {
  const fields = [`address: "${address}"`, ...(roles === undefined ? [] : [`roles: [${roles.map((role) => JSON.stringify(role)).join(", ")}]`])];
  return `${/^[a-z][a-z0-9]*$/.test(name) ? name : JSON.stringify(name)}: { ${fields.join(", ")} },${like === undefined ? "" : `   // and what ${like} has`}`;
}

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}
