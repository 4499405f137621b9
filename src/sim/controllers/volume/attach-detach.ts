/**
 * Attaches volumes of attachable CSI drivers to the nodes of the pods that use them, and detaches them afterwards (`pkg/controller/volume/attachdetach`).
 * A volume on a silent node stays attached until its pod is gone or its node is marked out of service: the well-known six minutes only begin then. An attachment that
 * somebody else takes away is missed at the next look of each minute, and counts as there until then.
 */
import { createHash } from "node:crypto";
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { ApiError } from "../../api/status.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { isConditionTrue } from "../conditions.ts";
import { OUT_OF_SERVICE } from "../node/node-taints.ts";
import { isPodFinished, isTerminating } from "../pod-state.ts";
import type { ControllerContext, Reconciler, Upkeep } from "../reconciler.ts";
import type { Claim, Node, Pod } from "../shapes.ts";
import type { Timings } from "../timings.ts";
import { usesClaim } from "./persistent-volume.ts";
import { PROVISIONERS } from "./provisioners.ts";
import { CLAIMS, VOLUMES, type PersistentVolume } from "./volume-shape.ts";

const ATTACHMENTS = "storage.k8s.io/volumeattachments";
const LONGHORN = "driver.longhorn.io";
const COMPONENT = "attachdetach-controller";
/** What an attacher needs to attach or detach; an estimate. */
const ATTACH_MS = 1_000;
/** `attach-detach-reconcile-sync-period`: how often what was attached is looked for (`VerifyVolumesAreAttached`). */
export const VERIFY_PERIOD_MS = 60_000;
/** How often a volume that cannot be attached or detached yet is looked at again; upstream's loop runs every 100 ms. */
const RETRY_MS = 1_000;

interface Attachment extends KubeObject {
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
  status?: { attached: boolean };
}

const OWN_NAME = /^csi-[0-9a-f]{64}$/;

/** The name that the CSI plugin gives: `csi-` and a SHA-256 of volume, driver and node. */
export function attachmentName(handle: string, driver: string, nodeName: string): string {
  return `csi-${createHash("sha256").update(`${handle}${driver}${nodeName}`).digest("hex")}`;
}

export interface Openable {
  isOpenOn(volumeName: string, nodeName: string): boolean;
}

/** In memory only: who takes over the loops begins with what the API shows. */
interface Memory {
  timings: Timings;
  /** Whether storage that keeps copies can open a volume on a node now. */
  volumes: Openable | undefined;
  /** `volume|node` → since when nobody on that node wants the volume. */
  unwantedSince: Map<string, number>;
  attachedAt: Map<string, number>;
  /** By volume and node: what counts as attached; with the time of the look at which its loss is noticed. */
  held: Map<string, Map<string, { attachment: Attachment; goneAtMs?: number }>>;
  /** By volume: how often somebody else took it away. Who has it next of those that want it is chance upstream (the order of a map): first whoever had it, then another. */
  takenAway: Map<string, number>;
  startedMs: number;
}

export function attachDetachController(timings: Timings, volumes?: Openable): Reconciler {
  const memory: Memory = { timings, volumes, unwantedSince: new Map(), attachedAt: new Map(), held: new Map(), takenAway: new Map(), startedMs: 0 };
  return {
    name: COMPONENT,
    start(context) {
      memory.startedMs = context.clock.now();
      return () => undefined;
    },
    watches: [
      {
        type: "pods",
        keys({ object, previous, type }, { client }) {
          const pod = object as Pod;
          const before = previous as Pod | undefined;
          if (!pod.spec.nodeName || !pod.spec.volumes?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim ?? ephemeral)) return [];
          if (type === "MODIFIED" && before?.spec.nodeName === pod.spec.nodeName && isWanting(before) === isWanting(pod)) return [];
          return volumesOf(client, pod);
        },
      },
      { type: ATTACHMENTS, keys: ({ object }) => [(object as Attachment).spec.source.persistentVolumeName ?? ""] },
      { type: VOLUMES, keys: ({ object, type }) => (type === "ADDED" ? [object.metadata.name] : []) },
      {
        type: "nodes",
        keys({ object, previous, type }, { client }) {
          const isSame = type === "MODIFIED" && semanticEqual(object["spec"]?.taints, previous?.["spec"]?.taints) && semanticEqual(object["status"]?.volumesInUse, previous?.["status"]?.volumesInUse);
          return isSame ? [] : client.list<Attachment>(ATTACHMENTS).filter(({ spec }) => spec.nodeName === object.metadata.name).map(({ spec }) => spec.source.persistentVolumeName ?? "");
        },
      },
    ],
    sync: (name, context) => syncVolume(name, context, memory),
  };
}

/** A pod wants its volumes until it has ended, or is being deleted and nothing in it runs: what a dead node cannot report. */
function isWanting(pod: Pod | undefined): boolean {
  if (pod === undefined || !pod.spec.nodeName || isPodFinished(pod)) return false;
  return !(isTerminating(pod) && !(pod.status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined));
}

function volumesOf(client: ControllerContext["client"], pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claimName = persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined);
    const claim = claimName === undefined ? undefined : client.get<Claim>(CLAIMS, pod.metadata.namespace, claimName);
    return claim?.spec.volumeName ? [claim.spec.volumeName] : [];
  });
}

/** Attachments that somebody else made are nobody's business here. The handle is unknown once the volume is gone. */
function isOwn({ metadata, spec }: Attachment, handle: string | undefined): boolean {
  return handle === undefined ? OWN_NAME.test(metadata.name) : metadata.name === attachmentName(handle, spec.attacher, spec.nodeName);
}

/** Whether volumes of a driver are attached to a node before they are mounted. */
export function isAttachable(client: ControllerContext["client"], driver: string): boolean {
  const declared: boolean | undefined = client.get("storage.k8s.io/csidrivers", undefined, driver)?.["spec"]?.attachRequired;
  return declared ?? PROVISIONERS[driver]?.isAttachable ?? false;
}

function syncVolume(name: string, context: ControllerContext, memory: Memory): number | Upkeep | void {
  const { client, clock } = context;
  const { timings, unwantedSince, attachedAt } = memory;
  const volume = client.get<PersistentVolume>(VOLUMES, undefined, name);
  const csi = volume?.spec.csi;
  const attachments = client.list<Attachment>(ATTACHMENTS).filter((attachment) => attachment.spec.source.persistentVolumeName === name && isOwn(attachment, csi?.volumeHandle));
  if (csi === undefined ? attachments.length === 0 : !isAttachable(client, csi.driver)) return void memory.held.delete(name);
  const { claimRef, accessModes = [] } = volume?.spec ?? {};
  const users = claimRef?.name === undefined ? [] : client.list<Pod>("pods", { namespace: claimRef.namespace }).filter((pod) => isWanting(pod) && usesClaim(pod, claimRef.name!));
  const wantedNodes = new Set(users.map(({ spec }) => spec.nodeName!));
  let againMs: number | undefined;
  let mustLookAgain = false;
  const later = (ms: number): void => {
    againMs = Math.min(againMs ?? Number.POSITIVE_INFINITY, ms);
  };
  const held = heldOf(name, attachments, memory, clock.now());
  for (const [nodeName, { attachment, goneAtMs }] of [...held]) {
    const key = `${name}|${nodeName}`;
    if (wantedNodes.has(nodeName)) unwantedSince.delete(key);
    else {
      const sinceMs = unwantedSince.get(key) ?? clock.now();
      // By force at a time that is known from the start; until then only looked at.
      if (!unwantedSince.has(key)) clock.after(timings.forceDetachMs, () => undefined);
      unwantedSince.set(key, sinceMs);
      if (detachInMs(context, attachment, volume, sinceMs, timings) > 0) mustLookAgain = true;
      else {
        held.delete(nodeName);
        detach(context, attachment);
        unwantedSince.delete(key);
        continue;
      }
    }
    if (goneAtMs !== undefined) {
      if (goneAtMs > clock.now()) later(goneAtMs - clock.now());
      else {
        held.delete(nodeName);
        memory.takenAway.set(name, (memory.takenAway.get(name) ?? 0) + 1);
        noteOnNode(client, attachment, false);
      }
      continue;
    }
    if (attachment.status?.attached !== true) {
      // One that was begun before these loops were: the driver's attacher takes up what is not attached yet (external-attacher `syncAttach`).
      const doneMs = attachedAt.get(attachment.metadata.name) ?? clock.now() + ATTACH_MS;
      attachedAt.set(attachment.metadata.name, doneMs);
      if (doneMs <= clock.now() && !canAttach(client, attachment, memory)) mustLookAgain = true;
      else if (doneMs <= clock.now()) finishAttach(context, attachment, users, name, attachedAt);
      else later(doneMs - clock.now());
    }
  }
  const again = (): number | Upkeep | undefined => againMs ?? (mustLookAgain ? { upkeepMs: RETRY_MS } : undefined);
  if (volume === undefined || csi === undefined) return again();
  const isExclusive = !accessModes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
  const isTakenAgain = (memory.takenAway.get(name) ?? 0) > 1;
  const nodesInOrder = isTakenAgain ? new Set([...users.filter((pod) => !isTerminating(pod)), ...users].map(({ spec }) => spec.nodeName!)) : wantedNodes;
  for (const nodeName of nodesInOrder) {
    if (held.has(nodeName)) continue;
    const left = client.list<Attachment>(ATTACHMENTS).filter(({ spec }) => spec.source.persistentVolumeName === name);
    if (left.some(({ spec }) => spec.nodeName === nodeName)) continue;
    const [other] = [...held.keys(), ...left.map(({ spec }) => spec.nodeName)];
    if (isExclusive && other !== undefined) {
      tellMultiAttach(context, name, users, nodeName, other);
      mustLookAgain = true;
      continue;
    }
    const attachment = attachmentName(csi.volumeHandle, csi.driver, nodeName);
    const made = client.create<Attachment>(ATTACHMENTS, { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: attachment }, spec: { attacher: csi.driver, nodeName, source: { persistentVolumeName: name } } });
    held.set(nodeName, { attachment: made });
    attachedAt.set(attachment, clock.now() + ATTACH_MS);
    later(ATTACH_MS);
  }
  return again();
}

/** What counts as attached: what is there, and what is there no more until the next look. */
function heldOf(name: string, attachments: readonly Attachment[], { held: all, startedMs }: Memory, nowMs: number): Map<string, { attachment: Attachment; goneAtMs?: number }> {
  const held = all.get(name) ?? new Map<string, { attachment: Attachment; goneAtMs?: number }>();
  all.set(name, held);
  for (const attachment of attachments) held.set(attachment.spec.nodeName, { attachment });
  for (const [nodeName, { attachment, goneAtMs }] of held) {
    if (goneAtMs !== undefined || attachments.some(({ spec }) => spec.nodeName === nodeName)) continue;
    held.set(nodeName, { attachment, goneAtMs: startedMs + Math.ceil((nowMs - startedMs) / VERIFY_PERIOD_MS) * VERIFY_PERIOD_MS });
  }
  return held;
}

/** 0 when the volume may be detached now; else how long it will surely stay. */
function detachInMs({ client, clock }: ControllerContext, attachment: Attachment, volume: PersistentVolume | undefined, sinceMs: number, timings: Timings): number {
  const node = client.get<Node>("nodes", undefined, attachment.spec.nodeName);
  if (node === undefined || node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE)) return 0;
  const handle = volume?.spec.csi?.volumeHandle;
  const mounted = `kubernetes.io/csi/${attachment.spec.attacher}^${handle}`;
  const isMounted = node.status?.volumesInUse?.includes(mounted) ?? false;
  const isHealthy = isConditionTrue(node.status?.conditions, "Ready");
  // A silent node may still write: its volume is taken away only by force, after the long wait.
  if (!isMounted && isHealthy) return 0;
  if (isHealthy) return RETRY_MS;
  return Math.max(0, sinceMs + timings.forceDetachMs - clock.now());
}

/** Longhorn's own process on the node presents the volume there: its API refuses a node that is not ready (longhorn-manager `VolumeManager.Attach`). */
function canAttach(client: ControllerContext["client"], { spec }: Attachment, { volumes }: Memory): boolean {
  if (volumes?.isOpenOn(spec.source.persistentVolumeName ?? "", spec.nodeName) === false) return false;
  return spec.attacher !== LONGHORN || isConditionTrue(client.get<Node>("nodes", undefined, spec.nodeName)?.status?.conditions, "Ready");
}

function detach({ client }: ControllerContext, attachment: Attachment): void {
  try {
    client.delete(ATTACHMENTS, undefined, attachment.metadata.name);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
  }
  noteOnNode(client, attachment, false);
}

function finishAttach({ client }: ControllerContext, attachment: Attachment, users: readonly Pod[], volumeName: string, attachedAt: Map<string, number>): void {
  attachedAt.delete(attachment.metadata.name);
  client.updateStatus<Attachment>(ATTACHMENTS, { ...attachment, status: { attached: true } });
  noteOnNode(client, attachment, true);
  for (const pod of users) {
    if (pod.spec.nodeName !== attachment.spec.nodeName) continue;
    client.event(pod, { type: "Normal", reason: "SuccessfulAttachVolume", message: `AttachVolume.Attach succeeded for volume "${volumeName}" `, component: COMPONENT });
  }
}

/** `status.volumesAttached`: what the kubelet waits for before it mounts. */
function noteOnNode(client: ControllerContext["client"], attachment: Attachment, isAttached: boolean): void {
  const node = client.get<Node>("nodes", undefined, attachment.spec.nodeName);
  if (node === undefined) return;
  const handle = client.get<PersistentVolume>(VOLUMES, undefined, attachment.spec.source.persistentVolumeName ?? "")?.spec.csi?.volumeHandle;
  const name = `kubernetes.io/csi/${attachment.spec.attacher}^${handle}`;
  const others = (node.status?.volumesAttached ?? []).filter((one) => one.name !== name);
  const volumesAttached = isAttached ? [...others, { name, devicePath: "" }] : others;
  client.updateStatus<Node>("nodes", { ...node, status: { ...node.status, volumesAttached } });
}

function tellMultiAttach({ client }: ControllerContext, volumeName: string, users: readonly Pod[], nodeName: string, otherNode: string): void {
  const others = users.filter(({ spec }) => spec.nodeName === otherNode).map(({ metadata }) => metadata.name);
  const why = others.length > 0 ? `Volume is already used by pod(s) ${others.join(", ")}` : "Volume is already exclusively attached to one node and can't be attached to another";
  for (const pod of users) {
    if (pod.spec.nodeName !== nodeName) continue;
    client.event(pod, { type: "Warning", reason: "FailedAttachVolume", message: `Multi-Attach error for volume "${volumeName}" ${why}`, component: COMPONENT });
  }
}
