/** What reports call losses, read back into faults: `pi2 off`, `pi2 off and switch off`, or as scenarios write them: `power-off pi2 + part-off switch`. */
import { nearestName } from "../lib/nearest-name.ts";
import { everyFault, type FaultTargets } from "./every-fault.ts";
import { type Fault, FAULT_IDS, FAULTS, faultText } from "./fault.ts";

export type ReadLosses = { readonly faults: readonly Fault[]; readonly isOneByOne: boolean } | { readonly unknown: string; readonly didYouMean?: string };

const [BETWEEN, AFTER] = [/, then | and | \+ /, ", then "];

/** A scenario's name has no spaces; a loss has, unless it is a fault that strikes the whole home. */
export const isLossText = (text: string): boolean => /\s/.test(text.trim()) || (FAULT_IDS as readonly string[]).includes(text);

/** Names are those of the homelab that the targets are of. */
export function readLosses(text: string, targets: FaultTargets): ReadLosses {
  const known = new Map<string, Fault>();
  for (const fault of everyFault(targets).flat()) {
    for (const name of [FAULTS[fault.id].short(fault.target), faultText(fault)]) if (!known.has(name)) known.set(name, fault);
  }
  const faults: Fault[] = [];
  for (const name of text.trim().replace(/\s+/g, " ").split(BETWEEN)) {
    const fault = known.get(name);
    if (fault !== undefined) faults.push(fault);
    else {
      const near = nearestName(name, [...known.keys()]);
      return { unknown: name, ...(near === undefined ? {} : { didYouMean: near }) };
    }
  }
  return { faults, isOneByOne: text.includes(AFTER) };
}
