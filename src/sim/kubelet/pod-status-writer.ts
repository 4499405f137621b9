/** Writes a pod's status, and at the end removes its object: soon after a change, again after a failure, later when the API is out of reach. */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { ApiError } from "../api/status.ts";
import type { Pod, PodStatus } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface WrittenPod {
  host: PodHost;
  pod(): Pod;
  status(current: Pod): PodStatus;
  /** A timer that ends with the pod. */
  after(delayMs: number, fn: () => void): void;
  /** The object is gone, or is another pod's by now. */
  onGone(): void;
}

export class PodStatusWriter {
  readonly #written: WrittenPod;
  #isScheduled = false;
  #mustWrite = false;

  constructor(written: WrittenPod) {
    this.#written = written;
  }

  publish(): void {
    this.#mustWrite = true;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#written.after(KUBELET_TIMINGS.statusWriteMs, () => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  catchUp(): void {
    if (this.#mustWrite) this.publish();
  }

  /** The object as it is now; undefined when it is gone or has become another's. */
  #current(): Pod | undefined {
    const { namespace, name, uid } = this.#written.pod().metadata;
    const current = this.#written.host.context.client.get<Pod>("pods", namespace, name);
    return current?.metadata.uid === uid ? current : undefined;
  }

  #flush(): void {
    const { host } = this.#written;
    if (!this.#mustWrite || !host.isConnected()) return;
    const current = this.#current();
    if (current === undefined) return;
    const status = this.#written.status(current);
    this.#mustWrite = false;
    if (semanticEqual(status, current.status)) return;
    try {
      host.context.client.updateStatus("pods", { ...current, status });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === "NotFound") return;
      this.#log("status of", error);
      this.#mustWrite = true;
      this.#written.after(KUBELET_TIMINGS.syncBackoffMs, () => this.#flush());
    }
  }

  /** Removes the object of a pod that was deleted and has ended. */
  removeObject(): void {
    const { host } = this.#written;
    const retry = (): void => this.#written.after(KUBELET_TIMINGS.syncBackoffMs, () => this.removeObject());
    if (!host.isConnected()) return retry();
    const current = this.#current();
    if (current === undefined) return this.#written.onGone();
    if (current.metadata.deletionTimestamp === undefined) return;
    this.#flush();
    const { namespace, name, uid } = current.metadata;
    try {
      host.context.client.delete("pods", namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: uid! } });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === "NotFound" || error.reason === "Conflict") return this.#written.onGone();
      this.#log("delete", error);
      retry();
    }
  }

  #log(what: string, error: ApiError): void {
    const { host } = this.#written;
    const { namespace, name } = this.#written.pod().metadata;
    host.context.log(`kubelet ${host.machine.name}: ${what} ${namespace}/${name}: ${error.message}`);
  }
}
