/** Two tellings of one case, compared: the same milestones, each pair within what is told of its kind. */
import type { Chance } from "./failure-case.ts";
import type { Milestone } from "./milestones.ts";

/**
 * How far two clusters may be apart, by what a milestone says; the first line that fits. Times count from the last act of the case, or from when the silence was noticed,
 * so that no quantity carries another's tolerance with it. Half a second on each side is the looks themselves.
 */
export const TOLERANCES: readonly (readonly [what: string, pattern: RegExp, seconds: number, why: string])[] = [
  ["what is done", /^(join|silence|return|unwell|well|taint|delete-node|evict|restart-controllers)\b/, 4, "a process takes a while to start, and a busy computer to look"],
  ["a silence is noticed", /^noticed$/, 10, "the controller looks every 5 s, at leases that it may have seen 5 s late"],
  ["a lost pod is removed by the garbage collector", /: gone$/, 22, "it looks every 20 s"],
  ["a taint that evicts", /taint \S+:NoExecute$/, 6, "the controller looks every 5 s; 10 s between two nodes"],
  ["a pod is to end", /: is to end/, 6, "its toleration counts from the taint"],
  ["a replacement", /(: bound| on later: ready|endpoint \w+ on later.*: there)$/, 24, "as its predecessor"],
  ["anything else", /./, 6, "the controller looks every 5 s"],
];

const isAct = (text: string): boolean => TOLERANCES[0]![1].test(text);
const isNotice = (text: string): boolean => /^node \w+: Ready (Unknown|False)/.test(text);

interface Relative extends Milestone {
  /** Since the last act, or since the silence was noticed. */
  sinceMs: number;
}

/** Nodes, pods and endpoints are asked for one after the other: of what happens at once, one may be seen a look earlier. */
const ONE_LOOK_MS = 2_000;

/** With `noticed`, when a node was first called not ready after an act. */
export function relative(milestones: readonly Milestone[]): Relative[] {
  const sorted = [...milestones].sort((a, b) => a.atMs - b.atMs);
  const acts = sorted.filter(({ text }) => isAct(text));
  return sorted.flatMap((one): Relative[] => {
    const { atMs, text } = one;
    if (isAct(text)) return [{ ...one, sinceMs: atMs }];
    const fromMs = acts.filter((act) => act.atMs <= atMs).at(-1)?.atMs ?? 0;
    const toMs = acts.find((act) => act.atMs > atMs)?.atMs ?? Number.POSITIVE_INFINITY;
    const notice = sorted.find((other) => isNotice(other.text) && other.atMs >= fromMs && other.atMs < toMs);
    if (notice === undefined || atMs < notice.atMs - ONE_LOOK_MS) return [{ ...one, sinceMs: atMs - fromMs }];
    const since = { ...one, sinceMs: Math.max(0, atMs - notice.atMs) };
    return one === notice ? [{ atMs, text: "noticed", sinceMs: atMs - fromMs }, since] : [since];
  });
}

export interface Compared {
  text: string;
  measuredMs: number;
  predictedMs: number;
  /** Measured and predicted since what they follow. */
  measuredSinceMs: number;
  predictedSinceMs: number;
  toleranceMs: number;
}

/** Pairs, and what is wrong: milestones that only one of them has, and pairs that are too far apart. Where chance has taken its turn, what depends on it is not compared. */
export function compare(measured: readonly Milestone[], predicted: readonly Milestone[], chance?: Chance): { pairs: Compared[]; wrong: string[] } {
  const isSure = ({ text }: Milestone): boolean => !hasHappened(measured, chance) || !chance.patterns.some((pattern) => pattern.test(text));
  const [real, own] = [byText(relative(measured).filter(isSure)), byText(relative(predicted).filter(isSure))];
  const pairs: Compared[] = [];
  const wrong: string[] = [];
  for (const text of new Set([...real.keys(), ...own.keys()])) {
    const [a = [], b = []] = [real.get(text), own.get(text)];
    if (a.length !== b.length) wrong.push(`${text}: ${a.length} times on the real control plane (${times(a)}), ${b.length} here (${times(b)})`);
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const toleranceMs = TOLERANCES.find(([, pattern]) => pattern.test(text))![2] * 1000;
      pairs.push({ text, measuredMs: a[index]!.atMs, predictedMs: b[index]!.atMs, measuredSinceMs: a[index]!.sinceMs, predictedSinceMs: b[index]!.sinceMs, toleranceMs });
      const apartMs = Math.abs(a[index]!.sinceMs - b[index]!.sinceMs);
      if (apartMs > toleranceMs) wrong.push(`${text}: after ${seconds(a[index]!.sinceMs)} on the real control plane, ${seconds(b[index]!.sinceMs)} here; ${toleranceMs / 1000} s are allowed`);
    }
  }
  return { pairs: pairs.sort((a, b) => a.measuredMs - b.measuredMs), wrong };
}

export const hasHappened = (measured: readonly Milestone[], chance: Chance | undefined): chance is Chance => chance !== undefined && measured.some(({ text, atMs }) => atMs < chance.beforeSeconds * 1000 && chance.seen.test(text));

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const times = (milestones: readonly Milestone[]): string => milestones.map(({ atMs }) => seconds(atMs)).join(", ") || "never";

function byText(milestones: readonly Relative[]): Map<string, Relative[]> {
  const all = new Map<string, Relative[]>();
  for (const one of milestones) (all.get(one.text) ?? all.set(one.text, []).get(one.text)!).push(one);
  return all;
}
