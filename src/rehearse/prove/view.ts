/** What of the requests to an app is answered at one moment, and what is in the way of the others. */

export interface View {
  /** 0: nobody is served; 1: everybody. */
  share: number;
  /** The first thing in the way, for people; "" when all are served. */
  why: string;
  /** What that hangs on; undefined when all are served. */
  hangsOn?: HangsOn;
}

/** What must change before requests are answered: a Service (`NAMESPACE/NAME`), pods (what their names begin with), a machine or any of several, a site part, an address without a machine. */
export type HangsOn = { service: string } | { pods: string } | { machines: readonly string[] } | { part: string } | { address: true };

export const FINE: View = { share: 1, why: "" };

/** A request that needs both. */
export function both(first: View, second: View): View {
  if (first.share === 1) return second;
  return second.share === 1 ? first : { share: first.share * second.share, why: first.why, ...(first.hangsOn === undefined ? {} : { hangsOn: first.hangsOn }) };
}
