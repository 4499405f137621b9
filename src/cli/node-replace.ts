/**
 * `kubernest node replace`: a machine leaves the cluster and comes back anew under the same name: the same one put back, another one, or one with a fresh disk. The file
 * stays as it is. A dead one is taken out, and joins when the new one answers.
 */
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { leaveWork } from "../operations/reset.ts";
import { askName } from "./ask.ts";
import { bringUp, type BringUpWishes } from "./bring-up.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { type Departure, departureText, performDeparture, planDeparture } from "./departure.ts";
import { failureText } from "./failure-text.ts";
import { learnHostKeys } from "./learn-host-keys.ts";
import type { NodeWishes } from "./node-remove.ts";
import { operationView } from "./operation-view.ts";
import { realOperationPorts } from "./real-operation-ports.ts";

export async function replaceNode(homelab: Homelab, machine: Machine, { isApproved, isGone }: NodeWishes, up: BringUpWishes, io: CommandIo): Promise<number> {
  const { name } = machine;
  // Another machine has another key. Without somebody to ask it stays refused, and `trust` is named.
  if (!isApproved && !isGone) {
    const { declined } = await learnHostKeys([machine], { replaces: true, isApproved: false }, io);
    if (declined !== undefined) return complain(io, declined);
  }
  const view = operationView(io);
  const ports = realOperationPorts(homelab, io, view, () => undefined);
  let departure: Departure | undefined;
  let isInterrupted = false;
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true;
    io.stderr("\nStopping after what is under way.\n");
  });
  try {
    departure = await planDeparture(homelab, machine, (machines) => ({ ...leaveWork(machines), operation: "node replace" }), isGone, ports, io);
    view.end();
    if (departure === undefined) return EXIT.failed;
    const { silence } = departure;
    io.stdout(`${departureText(departure, io)}\n${silence === undefined ? `Then ${name} is prepared and joins anew, as kubernest up does it.\n` : ""}`);
    if (!isApproved && !(await askName("the machine's name", name))) return complain(io, "Nothing was changed.");
    if (!(await performDeparture(departure, homelab, ports, () => isInterrupted))) {
      io.stderr(`Interrupted: kubernest node replace ${name} again goes on.\n`);
      return EXIT.interrupted;
    }
    if (silence !== undefined) return complain(io, `${name} is no node any more; it has not joined anew, as it does not answer.\n  → when the new ${name} answers${machine.address === undefined ? "" : ` at ${machine.address}`}: kubernest trust ${name} --replace, then kubernest up`);
  } catch (error) {
    view.end();
    if (!(error instanceof StepFailed)) throw error;
    io.stderr(`${failureText([error], io)}${error.code === "refused" ? "" : "Run the same command again to go on.\n"}`);
    return EXIT.failed;
  } finally {
    unlisten();
    await departure?.close();
  }
  const code = await bringUp(homelab, up, io);
  if (code !== EXIT.done) io.stderr(`${name} is out of the cluster: kubernest up lets it join anew.\n`);
  return code;
}

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}
