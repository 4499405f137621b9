/** `kubernest node remove`: a machine leaves the cluster and the file. Shows what will be done and the file's diff first, and asks by name. */
import { withoutMachine } from "../config/edit-machines.ts";
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { resetWork } from "../operations/reset.ts";
import { askName } from "./ask.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { type Departure, departureText, performDeparture, planDeparture } from "./departure.ts";
import { failureText } from "./failure-text.ts";
import { fileDiff, homelabAfter } from "./file-change.ts";
import { operationView } from "./operation-view.ts";
import { realOperationPorts } from "./real-operation-ports.ts";

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
  const view = operationView(io);
  const ports = realOperationPorts(homelab, io, view, () => undefined);
  let departure: Departure | undefined;
  let isInterrupted = false;
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true;
    io.stderr("\nStopping after what is under way.\n");
  });
  try {
    departure = await planDeparture(homelab, machine, (machines) => ({ ...resetWork(homelab, machines), operation: "node remove" }), isGone, ports, io);
    view.end();
    if (departure === undefined) return EXIT.failed;
    io.stdout(`${departureText(departure, io)}\n${text === undefined ? byHand : fileDiff(file, io.readFile(file), text, io)}\n`);
    if (!isApproved && !(await askName("the machine's name", name))) {
      io.stderr("Nothing was changed.\n");
      return EXIT.failed;
    }
    if (!(await performDeparture(departure, homelab, ports, () => isInterrupted))) {
      io.stderr("Interrupted, and the file was not changed: run the same command again to go on.\n");
      return EXIT.interrupted;
    }
    if (text !== undefined) io.writeFile(file, text);
    io.stderr(text === undefined ? `${name} is no node any more. ${byHand} Until then kubernest up would make it one again.\n` : `${name} is no part of ${homelab.name} any more. Next:  kubernest up   brings the others in line.\n`);
    return EXIT.done;
  } catch (error) {
    view.end();
    if (!(error instanceof StepFailed)) throw error;
    io.stderr(`${failureText([error], io)}${error.code === "refused" ? "" : "The file was not changed: run the same command again to go on.\n"}`);
    return EXIT.failed;
  } finally {
    unlisten();
    await departure?.close();
  }
}
