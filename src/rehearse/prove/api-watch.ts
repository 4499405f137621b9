/** Follows whether the API answers. */

/** A time in which it did not. */
export interface ApiSpan {
  fromMs: number;
  toMs: number | undefined;
  why: string;
}

export class ApiWatch {
  readonly spans: ApiSpan[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  look(outage: string | undefined): void {
    const last = this.spans.at(-1);
    const open = last?.toMs === undefined ? last : undefined;
    if (open?.why === outage) return;
    if (open !== undefined) open.toMs = this.#now();
    if (outage !== undefined) this.spans.push({ fromMs: this.#now(), toMs: undefined, why: outage });
  }
}
