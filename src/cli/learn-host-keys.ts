/** Host keys of machines that are new, or that changed: shown with their fingerprints, asked for, and written. Never taken without a person's word. */
import { KnownHosts, type OfferedKey } from "../adapters/known-hosts.ts";
import type { Machine } from "../config/homelab.ts";
import { askYes } from "./ask.ts";
import type { CommandIo } from "./command.ts";
import { textTable } from "./text-table.ts";

export interface HostKeyWishes {
  /** Take the key of a machine that shows another one than the known. */
  readonly replaces: boolean;
  /** Accepted without a question. */
  readonly isApproved: boolean;
}

export interface LearntHostKeys {
  readonly learntCount: number;
  readonly knownCount: number;
  /** By machine that could not be asked, or shows another key. */
  readonly problems: readonly string[];
  /** What was shown and not accepted, with the reason. */
  readonly declined: string | undefined;
}

export async function learnHostKeys(machines: readonly Machine[], wishes: HostKeyWishes, io: CommandIo): Promise<LearntHostKeys> {
  const hosts = new KnownHosts({ configFile: io.env["KUBERNEST_SSH_CONFIG"], env: io.env });
  const reached = machines.filter(({ address }) => address !== undefined);
  const offers = await Promise.all(reached.map(async (machine) => ({ machine, offer: await hosts.look(machine.address!, machine.ssh.port, machine.ssh.jump) })));
  const problems: string[] = machines.filter(({ address }) => address === undefined).map(({ name }) => `${name}: no address in the file`);
  const news: { machine: string; keys: readonly OfferedKey[]; isReplacement: boolean }[] = [];
  for (const { machine, offer } of offers) {
    if (offer.kind === "silent") problems.push(`${machine.name}: ${offer.why}\n  → is it on, and at ${machine.address}? Behind a jump host, log in once with ssh itself: it asks the same question`);
    else if (offer.kind === "changed" && !wishes.replaces) problems.push(`${machine.name} shows another host key than the known one: another machine at this address, or installed anew\n  → if you know why: kubernest trust ${machine.name} --replace`);
    else if (offer.kind !== "known") news.push({ machine: machine.name, keys: offer.keys, isReplacement: offer.kind === "changed" });
  }
  const knownCount = offers.filter(({ offer }) => offer.kind === "known").length;
  const ended = (learntCount: number, declined?: string): LearntHostKeys => ({ learntCount, knownCount, problems, declined });
  if (news.length === 0) return ended(0);
  io.stdout(`${textTable([["MACHINE", "KEY", "FINGERPRINT"], ...news.flatMap(({ machine, keys }) => keys.map(({ type, fingerprint }) => [machine, type, fingerprint]))])}\n`);
  if (!wishes.isApproved && !io.canAsk) return ended(0, "There is no terminal to ask in: compare the fingerprints, then use --yes.");
  if (!wishes.isApproved && !(await askYes(news.length === 1 ? "Is this the machine's own fingerprint?" : "Are these the machines' own fingerprints?"))) return ended(0, "Nothing was written.");
  for (const { keys, isReplacement } of news) await hosts.accept(keys, isReplacement);
  return ended(news.length);
}
