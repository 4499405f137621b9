/** What fits, for people: what does not first, then what would not with machines less, then the room there is. */
import { bytesText, coresText, listed } from "../checks/derived/text.ts";
import type { Homelab } from "../config/homelab.ts";
import { COPIES_COUNT_MAX } from "../rehearse/fit/copies.ts";
import { compareWithout, type Copies, type Fit, MACHINES_COUNT_MAX, type WaitingPod, type Without } from "../rehearse/fit/fit.ts";
import type { MachineRoom, Taken } from "../rehearse/fit/machine-room.ts";
import { type Shortage, shortageText } from "../rehearse/fit/want.ts";
import { wrapText } from "../lib/wrap-text.ts";
import type { Painter } from "./paint.ts";
import { textTable } from "./text-table.ts";

/** Of losses that leave something waiting, so many are told; of others only that they do. */
const LOSSES_TOLD_MAX = 4;
/** And of each, so many rows. */
const ROWS_TOLD_MAX = 6;

export function fitReport(homelab: Homelab, fit: Fit, paint: Painter, width: number): string {
  const sections = [
    headline(homelab, fit, paint, width),
    fit.now.waiting.length === 0 ? "" : section("Now", [...rowsOf(homelab, fit.now)].flatMap((row) => hanging(row, width, "  ")), paint),
    lessSection("With one machine less", homelab, fit, fit.oneLess, LOSSES_TOLD_MAX, paint, width),
    lessSection("With two machines less", homelab, fit, fit.twoLess ?? [], 1, paint, width),
    section("Requested, of what pods may have", rooms(fit.rooms), paint),
    fit.copies.length === 0 ? "" : section("More copies that would fit", copiesRows(fit.copies), paint),
  ];
  return `${sections.filter((each) => each !== "").join("\n\n")}\n`;
}

const section = (title: string, rows: readonly string[], paint: Painter): string => [paint.bold(title), ...rows].join("\n");

const isWhole = ({ waiting }: Without): boolean => waiting.length === 0;

function headline({ name }: Homelab, { now, oneLess, twoLess }: Fit, paint: Painter, width: number): string {
  const one = oneLess.filter((each) => !isWhole(each)).length;
  const two = (twoLess ?? []).filter((each) => !isWhole(each)).length;
  const count = now.waiting.length;
  const row = (text: string, colour: (text: string) => string): string => wrapText(`${name}: ${text}`, width, "  ").map(colour).join("\n");
  if (count > 0) return row(`${count === 1 ? "one pod does" : `${count} pods do`} not fit now.`, paint.red);
  if (oneLess.length === 0) return row("all fits now. Without its only machine nothing would run.", paint.green);
  if (one > 0) return row(`all fits now, but not without ${one === oneLess.length ? (one === 1 ? "its one machine" : `any of its ${one} machines`) : listed(oneLess.filter((each) => !isWhole(each)).map(({ machines }) => machines.join()))}.`, paint.yellow);
  if (twoLess === undefined) return row(`all fits now, and with any one machine less.${oneLess.length > MACHINES_COUNT_MAX ? " Two less were not tried: the pairs are too many." : ""}`, paint.green);
  if (two > 0) return row(`all fits now, and with any one machine less; with two less not for ${two} of ${twoLess.length} pairs.`, paint.green);
  return row("all fits now, with any one machine less, and with any two less.", paint.green);
}

/** Worst first; those that leave nothing waiting in one row. */
function lessSection(title: string, homelab: Homelab, { now }: Fit, losses: readonly Without[], toldMax: number, paint: Painter, width: number): string {
  if (losses.length === 0) return "";
  const failing = losses.filter((each) => !isWhole(each)).sort((a, b) => compareWithout(b, a));
  const whole = losses.filter(isWhole);
  const told = failing.slice(0, toldMax);
  const rows = told.flatMap((each) => [`  without ${listed(each.machines)}${toldMax === 1 && failing.length > 1 ? `, the worst of ${losses.length} pairs` : ""}`, ...rowsOf(homelab, each).flatMap((row) => hanging(row, width, "    "))]);
  const names = (each: readonly Without[]): string => listed(each.map(({ machines }) => machines.join("+")));
  const more = failing.slice(toldMax);
  if (more.length > 0) rows.push(...hanging(`something waits too without ${names(more)}`, width, "  "));
  const well = isWhole(now) ? "all fits" : "nothing more waits";
  if (whole.length > 0) rows.push(...hanging(failing.length === 0 ? well : `${well} without ${names(whole)}`, width, "  "));
  const stopping = losses.filter(({ stopsControlPlane }) => stopsControlPlane);
  if (stopping.length > 0 && losses[0]!.machines.length === 1) {
    rows.push(...hanging(`while ${listed(stopping.map(({ machines }) => machines.join()))} ${stopping.length === 1 ? "is" : "(any of them) is"} away nothing is moved at all: too few servers are left`, width, "  ").map(paint.dim));
  }
  return section(title, rows, paint);
}

interface Group {
  owners: string[];
  pods: WaitingPod[];
}

/** Of one cause and, for room, of one owner each: room first, as it can be bought. */
function rowsOf(homelab: Homelab, { waiting, fitsPlacedAnew }: Without): string[] {
  const groups = new Map<string, Group>();
  for (const pod of waiting) {
    const key = pod.cause.kind === "room" ? `0 ${pod.owner.name}` : `1 ${whyText(homelab, [pod])}`;
    const group = groups.get(key) ?? { owners: [], pods: [] };
    groups.set(key, group);
    group.pods.push(pod);
    if (!group.owners.includes(pod.owner.name)) group.owners.push(pod.owner.name);
  }
  const sorted = [...groups].sort(([a], [b]) => Number(a.startsWith("1")) - Number(b.startsWith("1"))).map(([, group]) => group);
  const told = sorted.slice(0, ROWS_TOLD_MAX).map(({ owners, pods }) => {
    const count = pods.length;
    const who = owners.length > 1 || count === 1 ? listed(owners) : `${count} pods of ${owners[0]!}`;
    return `${who}${pods[0]!.cause.kind === "room" ? requestText(pods) : ""} ${owners.length > 1 || count > 1 ? "wait" : "waits"}: ${whyText(homelab, pods)}`;
  });
  const more = sorted.slice(ROWS_TOLD_MAX).reduce((sum, { pods }) => sum + pods.length, 0);
  return [...told, ...(more > 0 ? [`and ${more} pod${more === 1 ? "" : "s"} more`] : []), ...(fitsPlacedAnew ? ["(by requests alone there is room, were all pods placed anew: none that runs is moved)"] : [])];
}

/** The scheduler's reasons that a person can change, in words of the file. */
const REFUSAL: Readonly<Record<string, (where: string) => string>> = {
  PodTopologySpread: (where) => `its spread allows no more of it on ${where}`,
  InterPodAffinity: (where) => `what it must be near, or apart from, keeps it off ${where}`,
  NodePorts: (where) => `its port is taken on ${where}`,
};

const machineName = (homelab: Homelab, node: string): string => Object.values(homelab.machines).find(({ hostname }) => hostname === node)?.name ?? node;

function whyText(homelab: Homelab, pods: readonly WaitingPod[]): string {
  const { cause } = pods[0]!;
  const isOne = pods.length === 1;
  switch (cause.kind) {
    case "room": {
      const shorts = pods.flatMap((pod) => (pod.cause.kind === "room" ? [pod.cause.short] : []));
      const short = new Set(shorts.map(({ node }) => machineName(homelab, node)));
      const machines = Object.keys(homelab.machines).filter((name) => short.has(name));
      return `${shortageText(shorts.reduce(sum))} short on ${listed(machines)}`;
    }
    case "volume":
      return `what ${isOne ? "it has" : "they have"} written is on ${machineName(homelab, cause.node)}'s disk`;
    case "placement": {
      const [first, ...more] = cause.refusals;
      if (cause.onlyNodes.length === 0 && first === undefined) return "its taints and labels leave it no machine";
      if (first === undefined) return `it may only run on ${listed(cause.onlyNodes.map((node) => machineName(homelab, node)))}`;
      const where = listed([first, ...more.filter(({ plugin }) => plugin === first.plugin)].map(({ node }) => machineName(homelab, node)));
      return REFUSAL[first.plugin]?.(where) ?? `${first.reasons.join("; ")}${where === "" ? "" : ` (${where})`}`;
    }
  }
}

const sum = (a: Shortage, b: Shortage): Shortage => ({ node: b.node, cpuMilli: a.cpuMilli + b.cpuMilli, memoryBytes: a.memoryBytes + b.memoryBytes, ephemeralBytes: a.ephemeralBytes + b.ephemeralBytes, pods: a.pods + b.pods });

/** What a pod asks for of what is short: ` (600Mi)`. */
function requestText(pods: readonly WaitingPod[]): string {
  const { info, cause } = pods[0]!;
  if (cause.kind !== "room") return "";
  const { cpuMilli, memoryBytes } = cause.short;
  const asked = [...(memoryBytes > 0 ? [bytesText(info.requests.get("memory") ?? 0)] : []), ...(cpuMilli > 0 ? [`${info.requests.get("cpu") ?? 0}m`] : [])];
  return asked.length === 0 ? "" : ` (${asked.join(", ")}${pods.length > 1 ? " each" : ""})`;
}

function rooms(all: readonly MachineRoom[]): string[] {
  // Most pods request none: a column of zeros says nothing.
  const hasDisk = all.some(({ ephemeralBytes }) => (ephemeralBytes?.requested ?? 0) > 0);
  const of = ({ requested, allocatable }: Taken, text: (amount: number) => string): string => `${requested === 0 ? "0" : text(requested)} of ${text(allocatable)}`;
  const cores = (milli: number): string => coresText(milli / 1000);
  const rows = all.map(({ machine, cpuMilli, memoryBytes, pods, ephemeralBytes, largestPod, taints }) => [
    machine,
    of(cpuMilli, cores),
    of(memoryBytes, bytesText),
    of(pods, String),
    ...(hasDisk ? [ephemeralBytes === undefined ? "" : of(ephemeralBytes, bytesText)] : []),
    largestPod === undefined ? "none" : `${cores(largestPod.cpuMilli)} cpu, ${bytesText(largestPod.memoryBytes)}${taints.length > 0 ? " *" : ""}`,
  ]);
  const head = ["", "cpu", "memory", "pods", ...(hasDisk ? ["disk"] : []), "largest pod more"];
  const tainted = all.some(({ largestPod, taints }) => largestPod !== undefined && taints.length > 0);
  return [textTable([head, ...rows], "  "), ...(tainted ? ["  * only one that tolerates its taint"] : [])];
}

function copiesRows(copies: readonly Copies[]): string[] {
  const hasLess = copies.some(({ oneLess }) => oneLess !== undefined);
  const count = (number: number): string => (number >= COPIES_COUNT_MAX ? `${number} or more` : String(number));
  const name = ({ app, service }: Copies): string => (app === service ? app : `${app}/${service}`);
  const counted = copies.filter((each) => typeof each.now === "number");
  const rows = counted.map((each) => [name(each), count(each.now as number), ...(each.oneLess === undefined ? [] : [`${count(each.oneLess.copies)} (without ${each.oneLess.machine})`])]);
  const table = rows.length === 0 ? [] : [textTable([["", "now", ...(hasLess ? ["one machine less"] : [])], ...rows], "  ")];
  const why = [...new Set(copies.map(({ now }) => now).filter((now) => typeof now === "string"))];
  return [...table, ...why.map((reason) => `  ${listed(copies.filter(({ now }) => now === reason).map(name))}: ${reason}`)];
}

const hanging = (text: string, width: number, indent: string): string[] => wrapText(text, width - indent.length, "  ").map((row) => indent + row);
