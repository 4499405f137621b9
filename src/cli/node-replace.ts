/**
 * `kubernest node replace`: a machine leaves the cluster and comes back anew under the same name: the same one put back, another one, or one with a fresh disk. The file
 * stays as it is. A dead one is taken out, and joins when the new one answers.
 */
import type { Homelab, Machine } from "../config/homelab.ts";
import { leaveWork } from "../operations/reset.ts";
import type { Plan } from "../plan/plan.ts";
import { askName } from "./ask.ts";
import { bringUp, type BringUpWishes } from "./bring-up.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { depart, departureText } from "./departure.ts";
import { learnHostKeys } from "./learn-host-keys.ts";
import type { NodeWishes } from "./node-remove.ts";

export async function replaceNode(homelab: Homelab, machine: Machine, { isApproved, isGone }: NodeWishes, up: BringUpWishes, io: CommandIo): Promise<number> {
  const { name } = machine;
  // Another machine has another key. Without somebody to ask it stays refused, and `trust` is named.
  if (!isApproved && !isGone) {
    const { declined } = await learnHostKeys([machine], { replaces: true, isApproved: false }, io);
    if (declined !== undefined) return complain(io, declined);
  }
  const wishes = { homelab, machine, work: (machines: readonly Machine[]) => ({ ...leaveWork(machines), operation: "node replace" }), isGone, afterFailure: "Run the same command again to go on." };
  const left = await depart(wishes, io, async (departure, perform) => {
    const { silence } = departure;
    io.stdout(`${departureText(departure, io)}\n${silence === undefined ? `Then ${name} is prepared and joins anew, as kubernest up does it.\n` : ""}`);
    if (!isApproved && !(await askName("the machine's name", name))) return complain(io, "Nothing was changed.");
    if (!(await perform())) {
      io.stderr(`Interrupted: kubernest node replace ${name} again goes on.\n`);
      return EXIT.interrupted;
    }
    if (silence !== undefined) return complain(io, `${name} is no node any more; it has not joined anew, as it does not answer.\n  → when the new ${name} answers${machine.address === undefined ? "" : ` at ${machine.address}`}: kubernest trust ${name} --replace, then kubernest up`);
    return EXIT.done;
  });
  if (left !== EXIT.done) return left;
  let hasJoined = false;
  const onDone = ({ stages }: Plan): void => void (hasJoined = !stages.some(({ machines }) => machines.some((entry) => entry.machine === name && entry.changes.some(({ held }) => held !== undefined))));
  const code = await bringUp(homelab, { ...up, needed: [name], onDone }, io);
  if (!hasJoined) io.stderr(`${name} is out of the cluster: kubernest up lets it join anew.\n`);
  return code;
}

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}
