/** What happens in a cluster that can be the cause of something else, or its effect. Plain data, in the order of time. */
export type What =
  | "fault begins"
  | "fault ends"
  | "machine lost"
  | "machine reached"
  | "machine deaf"
  | "machine hears"
  | "API stops"
  | "API answers"
  | "API address away"
  | "API address moved"
  | "nobody leads"
  | "leads"
  | "network agent runs"
  | "node silent"
  | "node not ready"
  | "node ready"
  | "tainted"
  | "untainted"
  | "pod created"
  | "pod scheduled"
  | "pod finds no place"
  | "pod ready"
  | "pod not ready"
  | "pod failed"
  | "pod to be deleted"
  | "pod gone"
  | "volume attached"
  | "volume detached"
  | "volume stops"
  | "volume serves"
  | "waits to restart"
  | "pulling"
  | "pulled"
  | "started"
  | "failing over"
  | "promoted"
  | "role"
  | "selector"
  | "endpoints"
  | "address moved"
  | "address asked for"
  | "router asks";

export interface Happening {
  /** Since the first fault, milliseconds. */
  readonly atMs: number;
  readonly what: What;
  /** A machine, a pod's uid, `NAMESPACE/NAME` of a Service or a database cluster, what a fault strikes; for the API why it did not answer. */
  readonly subject: string;
  /** The taint's key; the event's message; of whom the address, the volume or the endpoint was; the new primary. */
  readonly detail?: string;
}
