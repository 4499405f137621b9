/** Follows what users of each app see: from when to when not all of their requests were answered, what was in the way, and what each time was made of. */
import type { CausePart } from "./causes/unfold.ts";
import type { UserView } from "./user-view.ts";
import type { HangsOn, View } from "./view.ts";

/** A time in which not all requests to an app were answered. */
export interface Outage {
  fromMs: number;
  /** Undefined: it did not end. */
  toMs: number | undefined;
  /** The least share of requests that was answered within it. */
  shareMin: number;
  /** What was in the way, in the order of its coming. */
  why: { atMs: number; text: string; share: number }[];
  /** What its length was made of; where it has no end, the time until not all requests failed any more. In the order of time; sums to it. */
  parts: CausePart[];
}

/** How long it was until some were served again, where at first or for a time nobody was; undefined where nobody was to its end, or some always were. Milliseconds from its begin. */
export function downMsOf({ fromMs, why }: Outage): number | undefined {
  const lastDown = why.findLastIndex(({ share }) => share === 0);
  const next = lastDown < 0 ? undefined : why[lastDown + 1];
  return next === undefined ? undefined : next.atMs - fromMs;
}

/** What a time was made of that ended when what it hung on had turned. */
export type Explain = (hangsOn: HangsOn | undefined, fromMs: number, toMs: number) => CausePart[];

interface OpenOutage {
  outage: Outage;
  /** What each of its reasons hangs on. */
  hangsOn: (HangsOn | undefined)[];
}

export class OutageWatch {
  readonly #view: UserView;
  readonly #now: () => number;
  readonly #explain: Explain;
  readonly #open = new Map<string, OpenOutage>();
  /** What was in the way last of those that ended. */
  readonly #ends = new Map<Outage, HangsOn | undefined>();
  #ended = new Map<string, Outage[]>();
  #lastMs = 0;

  constructor(view: UserView, now: () => number, explain: Explain) {
    this.#view = view;
    this.#now = now;
    this.#explain = explain;
  }

  look(): void {
    for (const [app, view] of this.#view.look()) this.#note(app, view);
  }

  /** When what users see last changed. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** The outages so far; one that lasts is given without an end, and begins anew. */
  take(): Map<string, Outage[]> {
    const taken = this.#ended;
    this.#ended = new Map();
    for (const [app, { outage, hangsOn }] of this.#open) {
      const downMs = downMsOf(outage);
      const parts = downMs === undefined ? [] : this.#explain(hangsOn[outage.why.findLastIndex(({ share }) => share === 0)], outage.fromMs, outage.fromMs + downMs);
      (taken.get(app) ?? taken.set(app, []).get(app)!).push({ ...outage, why: [...outage.why], parts });
      this.#open.set(app, { outage: { ...outage, fromMs: this.#now(), why: outage.why.slice(-1) }, hangsOn: hangsOn.slice(-1) });
    }
    return taken;
  }

  /** What was in the way until an outage ended. */
  endOf(outage: Outage): HangsOn | undefined {
    return this.#ends.get(outage);
  }

  #note(app: string, { share, why, hangsOn }: View): void {
    const open = this.#open.get(app);
    const nowMs = this.#now();
    if (share === 1) {
      if (open === undefined) return;
      this.#lastMs = nowMs;
      this.#open.delete(app);
      const last = open.hangsOn.at(-1);
      const ended = { ...open.outage, toMs: nowMs, parts: this.#explain(last, open.outage.fromMs, nowMs) };
      this.#ends.set(ended, last);
      (this.#ended.get(app) ?? this.#ended.set(app, []).get(app)!).push(ended);
      return;
    }
    const { outage, hangsOn: reasons } = open ?? { outage: { fromMs: nowMs, toMs: undefined, shareMin: share, why: [], parts: [] }, hangsOn: [] };
    outage.shareMin = Math.min(outage.shareMin, share);
    if (outage.why.at(-1)?.text !== why) {
      this.#lastMs = nowMs;
      outage.why.push({ atMs: nowMs, text: why, share });
      reasons.push(hangsOn);
    }
    this.#open.set(app, { outage, hangsOn: reasons });
  }
}
