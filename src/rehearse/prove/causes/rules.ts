/**
 * For each kind of happening, what it came from: one rule each, which looks among what happened before. A rule names a cause only where one is found; a time
 * that its constants do not explain is not hidden in it (`mostMs`).
 */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { podTitle } from "../../tell/pods-of.ts";
import { LINSTOR } from "../../../sim/storage/drivers.ts";
import type { Constant, Constants } from "./constants.ts";
import type { Happening, What } from "./happening.ts";
import type { HappeningLog } from "./happening-log.ts";

/** From a cause to its effect. */
export interface Link {
  cause: Happening;
  /** What the time between them was, for people. */
  text: string;
  rests: readonly Constant[];
  /** The longest that this can take by its constants; what is beyond has another reason. */
  mostMs?: number;
}

export interface Past {
  log: HappeningLog;
  constants: Constants;
  /** The latest of those before `effect` that fit. */
  last(effect: Happening, fits: (candidate: Happening) => boolean): Happening | undefined;
}

type Rule = (effect: Happening, past: Past) => Link | undefined;

/** A scheduler, a controller or an EndpointSlice that follows a change takes less. */
const PROMPT_MS = 1_500;
/** How long it takes depends on much that is not a constant: the text says what it was. */
const AS_LONG_AS_IT_TAKES = Number.POSITIVE_INFINITY;

const titleOf = ({ log }: Past, uid: string): string => {
  const pod = log.pod(uid);
  return pod === undefined ? "a pod" : podTitle(pod);
};
const nodeOf = ({ log }: Past, uid: string): string => (log.pod(uid)?.["spec"].nodeName as string | undefined) ?? "";
const ownerOf = (pod: KubeObject | undefined): string | undefined => pod?.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
/** Two pods of one owner. */
const isSibling = ({ log }: Past, uid: string, other: string): boolean => uid !== other && ownerOf(log.pod(uid)) !== undefined && ownerOf(log.pod(uid)) === ownerOf(log.pod(other));
const sum = (...constants: readonly { ms: number }[]): number => constants.reduce((total, { ms }) => total + ms, 0);
const is = (subject: string, ...kinds: readonly What[]) => (one: Happening): boolean => one.subject === subject && kinds.includes(one.what);
const either = (...fits: readonly ((one: Happening) => boolean)[]) => (one: Happening): boolean => fits.some((fit) => fit(one));
const anyOf = (...kinds: readonly What[]) => (one: Happening): boolean => kinds.includes(one.what);

const isServer = ({ log }: Past, machine: string): boolean => log.cluster.agents.machine(machine)?.machine.isControlPlane === true;

/** Where there is a cause; short by nature, unless said otherwise. */
function link(cause: Happening | undefined, text: string, rests: readonly Constant[] = [], mostMs = PROMPT_MS): Link | undefined {
  return cause === undefined ? undefined : { cause, text, rests, mostMs };
}

/** What a kubelet waits for before it can go on with a pod. */
const beforeStage = (uid: string, past: Past) => {
  const node = nodeOf(past, uid);
  return either(is(uid, "pod scheduled", "volume attached", "pulled", "started", "waits to restart"), is(node, "machine reached", "machine hears", "network agent runs"));
};

const isOfLinstor = ({ log }: Past, volume: string): boolean => log.cluster.volumes.of(volume)?.driver === LINSTOR;

function failOverLink(effect: Happening, past: Past, node: string, text: string): Link | undefined {
  const { peer, failOver, failOverLook } = past.constants;
  return link(past.last(effect, is(node, "machine lost")), text, [peer, failOver, failOverLook], sum(peer, failOverLook, failOverLook) + PROMPT_MS);
}

export const RULES: Readonly<Partial<Record<What, Rule>>> = {
  endpoints: (effect, past) => {
    const uid = effect.detail!.slice(1);
    if (effect.detail!.startsWith("+")) return link(past.last(effect, either(is(uid, "pod ready", "role"), is(effect.subject, "selector"))), `requests to ${effect.subject} go to ${titleOf(past, uid)} on ${nodeOf(past, uid)}`);
    return link(past.last(effect, either(is(uid, "pod not ready", "pod to be deleted", "pod gone", "pod failed", "role"), is(effect.subject, "selector"))), `${effect.subject} drops its pod on ${nodeOf(past, uid)}`);
  },

  "pod ready": (effect, past) => {
    const { subject: uid } = effect;
    const pod = past.log.pod(uid);
    const node = nodeOf(past, uid);
    const cause = past.last(effect, either(is(uid, "started"), is(node, "machine reached", "machine hears", "node ready", "network agent runs"), anyOf("fault ends")));
    const probe = ((pod?.["spec"].containers ?? []) as { readinessProbe?: Parameters<Constants["probe"]>[0] }[])[0]?.readinessProbe;
    if ((cause?.what === "fault ends" || cause?.what === "network agent runs") && probe !== undefined) return link(cause, `${titleOf(past, uid)} says that it is ready again`, [past.constants.probe(probe)], (probe.periodSeconds ?? 10) * 1000 + PROMPT_MS);
    if (cause?.what !== "started") return link(cause, `the kubelet of ${node} says that ${titleOf(past, uid)} is ready`, [past.constants.relist]);
    const containers = (pod?.["spec"].containers ?? []) as { image?: string; readinessProbe?: { initialDelaySeconds?: number; periodSeconds?: number } }[];
    const probes = containers.flatMap(({ readinessProbe }) => readinessProbe ?? []);
    const starts = containers.map(({ image }) => past.constants.programStart(image ?? ""));
    const slowest = starts.reduce((a, b) => (b.ms > a.ms ? b : a));
    return { cause, text: `${titleOf(past, uid)} becomes ready`, rests: [slowest, ...probes.slice(0, 1).map((probe) => past.constants.probe(probe)), past.constants.relist] };
  },

  "pod not ready": (effect, past) => {
    const { subject: uid } = effect;
    const node = nodeOf(past, uid);
    const cause = past.last(effect, either(is(node, "node silent", "node not ready", "machine hears", "machine lost"), is(uid, "pod to be deleted", "pod failed", "volume attached")));
    return link(cause, `the pods of ${node} are called not ready`);
  },

  started: (effect, past) => {
    const { subject: uid } = effect;
    const { constants } = past;
    const cause = past.last(effect, beforeStage(uid, past));
    return link(cause, `a container of ${titleOf(past, uid)} is started on ${nodeOf(past, uid)}`, [constants.create], cause?.what === "pulled" || cause?.what === "started" ? sum(constants.create, constants.relist) : AS_LONG_AS_IT_TAKES);
  },

  pulled: (effect, past) => {
    const { subject: uid } = effect;
    const { constants } = past;
    const before = beforeStage(uid, past);
    const cause = past.last(effect, either(is(uid, "pulling"), before));
    if (cause?.what !== "pulling") return readied(cause, uid, past, "its image is there");
    const image = /image "([^"]+)"/.exec(effect.detail ?? "")?.[1] ?? "its image";
    const megabytes = Math.round(Number(/Image size: (\d+) bytes/.exec(effect.detail ?? "")?.[1] ?? 0) / 1e6);
    const machine = past.log.cluster.agents.machine(nodeOf(past, uid))?.machine;
    const [, pullTime, allTime] = /in (\S+) \((\S+) including waiting\)/.exec(effect.detail ?? "") ?? [];
    return { cause, text: `${nodeOf(past, uid)} pulls ${image} (${megabytes} MB)${pullTime === allTime ? "" : ", after other images"}`, rests: machine === undefined ? [] : [constants.pull(machine.pullBytesPerSecond)] };
  },

  pulling: (effect, past) => readied(past.last(effect, beforeStage(effect.subject, past)), effect.subject, past, "sandbox and mounts"),

  "volume attached": (effect, past) => {
    const { subject: uid } = effect;
    const volume = /volume "([^"]+)"/.exec(effect.detail ?? "")?.[1] ?? "";
    // As long as the pod that had it is there, the volume is its.
    const isFormer = (one: Happening): boolean => one.what === "pod gone" && isSibling(past, one.subject, uid);
    const cause = past.last(effect, either(is(uid, "pod scheduled"), is(volume, "volume detached"), isFormer, anyOf("leads")));
    // Taken away by somebody else, which is noticed at the next look.
    const isMissed = cause !== undefined && cause.what !== "leads" && past.last(effect, is(volume, "volume detached")) !== undefined;
    return link(cause, `its volume is attached to ${nodeOf(past, uid)}`, isMissed ? [past.constants.verify] : [], AS_LONG_AS_IT_TAKES);
  },

  "volume stops": (effect, past) => link(past.last(effect, either(is(effect.subject, "volume stops"), anyOf("machine lost", "fault begins", "machine reached"))), effect.detail!, [], AS_LONG_AS_IT_TAKES),

  "volume serves": (effect, past) => {
    const [driver = "", stopped = ""] = effect.detail!.split(": ");
    const cause = past.last(effect, either(is(effect.subject, "volume stops"), anyOf("machine reached", "node ready", "API answers")));
    return link(cause, stopped, stopped.includes(" waits for ") ? past.constants.copyTimeouts[driver] ?? [] : [], AS_LONG_AS_IT_TAKES);
  },

  "volume detached": (effect, past) => {
    const node = effect.detail!;
    const { forceDetach, longhorn } = past.constants;
    if (isOfLinstor(past, effect.subject)) return failOverLink(effect, past, node, `Piraeus' HA controller takes the volume from ${node}`);
    const cause = past.last(effect, either((one) => one.what === "pod to be deleted" && nodeOf(past, one.subject) === node, (one) => one.what === "pod gone" && nodeOf(past, one.subject) === node, (one) => one.what === "tainted" && one.subject === node && one.detail!.endsWith("/out-of-service"), anyOf("leads")));
    // Nobody in Kubernetes takes it from a pod that is still there: Longhorn does.
    if (cause?.what === "pod to be deleted") return link(cause, `Longhorn takes the volume from ${node}`, [longhorn], longhorn.ms + PROMPT_MS);
    return link(cause, `the volume is taken from ${node} by force`, [forceDetach], forceDetach.ms + PROMPT_MS);
  },

  "pod scheduled": (effect, past) => {
    const { subject: uid } = effect;
    const waited = past.last(effect, is(uid, "pod finds no place"));
    const frees = anyOf("node ready", "untainted", "pod gone", "leads", "API answers");
    const cause = past.last(effect, waited === undefined ? either(is(uid, "pod created"), anyOf("leads")) : either(is(uid, "pod created"), frees));
    return link(cause, waited === undefined ? `the scheduler chooses ${effect.detail!} for ${titleOf(past, uid)}` : `${titleOf(past, uid)} finds a place, on ${effect.detail!}`, [], waited === undefined ? PROMPT_MS : AS_LONG_AS_IT_TAKES);
  },

  "pod created": (effect, past) => {
    const pod = past.log.pod(effect.subject);
    if (ownerOf(pod) === undefined) return undefined;
    const cause = past.last(effect, (one) => (anyOf("pod to be deleted", "pod gone", "pod failed")(one) && isSibling(past, one.subject, effect.subject)) || anyOf("leads", "API answers")(one));
    return link(cause, `${titleOf(past, effect.subject)} gets a new pod`);
  },

  "pod to be deleted": (effect, past) => {
    const { subject: uid } = effect;
    const pod = past.log.pod(uid);
    const node = nodeOf(past, uid);
    const taint = past.last(effect, is(node, "tainted"));
    if (taint === undefined) return past.last(effect, is(node, "machine lost")) === undefined ? undefined : failOverLink(effect, past, node, `Piraeus' HA controller evicts ${titleOf(past, uid)} from ${node}`);
    const tolerations = (pod?.["spec"].tolerations ?? []) as { key?: string; effect?: string; tolerationSeconds?: number }[];
    const seconds = tolerations.find(({ key, effect: of }) => (key === undefined || key === taint.detail) && (of === undefined || of === "" || of === "NoExecute"))?.tolerationSeconds ?? 0;
    const toleration = past.constants.toleration(taint.detail!.split("/").at(-1)!, seconds);
    // Appointments are in memory only: who takes over the loops makes them anew.
    const cause = past.last(effect, (one) => (one === taint || (one.what === "leads" && one.atMs > taint.atMs)) && effect.atMs - one.atMs >= toleration.ms - PROMPT_MS);
    return link(cause, `${titleOf(past, uid)} may stay on ${node}`, [toleration], toleration.ms + PROMPT_MS);
  },

  "pod gone": (effect, past) => {
    const { subject: uid } = effect;
    const { constants } = past;
    const node = nodeOf(past, uid);
    const cause = past.last(effect, either(is(uid, "pod to be deleted"), is(node, "machine hears", "machine reached"), (one) => one.what === "tainted" && one.subject === node && one.detail!.endsWith("/out-of-service")));
    const forced = past.last(effect, (one) => one.what === "volume detached" && one.detail === node);
    const grace = constants.stopGrace((log(past, uid)?.["spec"].terminationGracePeriodSeconds as number | undefined) ?? 30);
    // The volume of a pod that is still there: Longhorn takes it, and then the pod. It looks twice where Kubernetes attached the volume once more.
    if (cause?.what === "pod to be deleted" && forced !== undefined && forced.atMs >= cause.atMs) return link(cause, `Longhorn deletes ${titleOf(past, uid)} on ${node} by force`, [grace, constants.longhorn], sum(grace, constants.longhorn, constants.longhorn) + PROMPT_MS);
    return link(cause, `${titleOf(past, uid)} is stopped and taken away on ${node}`, [grace, constants.cleanup], sum(grace, constants.cleanup, constants.podGc, constants.network) + PROMPT_MS);
  },

  "pod failed": (effect, past) => {
    const { evictionLook } = past.constants;
    const cause = past.last(effect, either(is(nodeOf(past, effect.subject), "machine hears", "machine reached"), anyOf("fault begins")));
    return cause?.what === "fault begins" ? link(cause, `${nodeOf(past, effect.subject)} evicts ${titleOf(past, effect.subject)}`, [evictionLook], evictionLook.ms + PROMPT_MS) : link(cause, `${titleOf(past, effect.subject)} is found dead`);
  },

  tainted: (effect, past) => link(past.last(effect, either(is(effect.subject, "node silent", "node not ready"), anyOf("leads"))), `${effect.subject} gets the taint ${effect.detail!.split("/").at(-1)!}:NoExecute`, [past.constants.evictionRate], AS_LONG_AS_IT_TAKES),

  "node silent": (effect, past) => {
    const { grace, monitorPeriod, heartbeat } = past.constants;
    const node = effect.subject;
    const lastMs = Number(effect.detail ?? Number.NaN);
    // Nodes are judged from memory: who takes over the loops counts anew. The last heartbeat may be seen one look later.
    const counts = (one: Happening): boolean => effect.atMs - one.atMs >= grace.ms - heartbeat.ms - monitorPeriod.ms;
    const cause = past.last(effect, (one) => (is(node, "machine lost", "machine deaf")(one) || one.what === "leads" || one.what === "API answers") && counts(one));
    if (cause === undefined) return undefined;
    if (cause.what === "leads") return { cause, text: `${node} is declared lost by ${cause.subject}, which counts from its own start`, rests: [grace, monitorPeriod], mostMs: grace.ms + 2 * monitorPeriod.ms };
    const since = Number.isNaN(lastMs) || lastMs > cause.atMs ? "" : `, its last heartbeat ${((cause.atMs - lastMs) / 1000).toFixed(1)} s before`;
    return { cause, text: `${node} is declared lost${since}`, rests: [grace, monitorPeriod], mostMs: grace.ms + 2 * monitorPeriod.ms };
  },

  "node not ready": (effect, past) => link(past.last(effect, is(effect.subject, "machine hears", "machine reached")), `${effect.subject} says that it is not ready`),

  "node ready": (effect, past) => link(past.last(effect, is(effect.subject, "machine hears", "machine reached")), `${effect.subject} says that it is ready`, [past.constants.network, past.constants.heartbeat], sum(past.constants.network, past.constants.heartbeat)),

  untainted: (effect, past) => link(past.last(effect, either(is(effect.subject, "node ready"), anyOf("leads"))), `the taint of ${effect.subject} is taken away`, [past.constants.monitorPeriod], past.constants.monitorPeriod.ms),

  "network agent runs": (effect, past) => link(past.last(effect, anyOf("fault ends")), `the agent of the pods' network on ${effect.subject} is started again`, [past.constants.backOff], past.constants.backOff.ms),

  "machine lost": (effect, past) => link(past.last(effect, anyOf("fault begins")), `${effect.subject} is lost`),

  "machine deaf": (effect, past) => link(past.last(effect, anyOf("API stops", "API address away", "machine lost", "fault begins")), `${effect.subject} hears nothing of the API`),

  "machine reached": (effect, past) => {
    const kubelet = past.log.cluster.agents.machine(effect.subject);
    const boot = past.constants.boot(effect.subject, (kubelet?.machine.bootMs ?? 0) * (kubelet?.slowness ?? 1));
    // A restart is a fault that is over as it happens.
    const cause = past.last(effect, anyOf("fault begins", "fault ends"));
    const isBoot = cause !== undefined && effect.atMs > cause.atMs;
    return link(cause, isBoot ? `${effect.subject} boots` : `${effect.subject} is reached again`, isBoot ? [boot] : [], boot.ms);
  },

  "machine hears": (effect, past) => link(past.last(effect, anyOf("API answers", "API address moved", "machine reached", "fault ends")), isServer(past, effect.subject) ? `the API server of ${effect.subject} starts` : `${effect.subject} hears the API`, isServer(past, effect.subject) ? [past.constants.serverStart] : [], past.constants.serverStart.ms + PROMPT_MS),

  "API stops": (effect, past) => {
    // Another reason than before: a step of the way back.
    const before = past.last(effect, anyOf("API stops", "API answers"));
    if (before?.what !== "API stops") return link(past.last(effect, anyOf("machine lost", "fault begins")), "the API no longer answers");
    return link(past.last(effect, either((one) => one.what === "machine reached" && isServer(past, one.subject), anyOf("fault ends", "machine lost"))), "an API server starts", [past.constants.serverStart], past.constants.serverStart.ms);
  },

  "API answers": (effect, past) => {
    const { election, serverStart } = past.constants;
    if (effect.subject === "election") return link(past.last(effect, anyOf("API stops")), "etcd elects a leader", [election], election.ms);
    return link(past.last(effect, either((one) => one.what === "machine reached" && isServer(past, one.subject), anyOf("fault ends"))), "an API server starts", [serverStart], serverStart.ms);
  },

  "API address away": (effect, past) => {
    const { addressRenewal } = past.constants;
    const cause = past.last(effect, either(is(effect.subject, "machine lost"), anyOf("API stops", "fault begins")));
    const isGivenUp = cause?.what === "API stops" && addressRenewal !== undefined;
    return link(cause, `${effect.subject} answers for the API's address no more`, isGivenUp ? [addressRenewal] : [], isGivenUp ? addressRenewal.ms : PROMPT_MS);
  },

  "API address moved": (effect, past) => {
    const { addressTakeover } = past.constants;
    // Who holds it by a lease needs an API that answers.
    return link(past.last(effect, anyOf("API address away", "API answers", "machine reached")), `${effect.subject} answers for the API's address instead`, addressTakeover === undefined ? [] : [addressTakeover], addressTakeover?.ms);
  },

  "nobody leads": (effect, past) => link(past.last(effect, anyOf("machine lost", "API stops", "fault begins")), "nobody leads the control loops", [past.constants.renewDeadline], past.constants.renewDeadline.ms),

  leads: (effect, past) => {
    const { lease, retry } = past.constants;
    const cause = past.last(effect, anyOf("nobody leads", "API answers"));
    return link(cause, `${effect.subject} takes over the control loops`, [lease, retry], lease.ms + retry.ms);
  },

  "failing over": (effect, past) => databaseLink(effect, past, `${effect.subject} chooses another primary`, []),

  promoted: (effect, past) => {
    const { promotion } = past.constants;
    const chosen = past.last(effect, is(effect.subject, "failing over"));
    if (chosen !== undefined) return { cause: chosen, text: `a replica of ${effect.subject} becomes the primary`, rests: [promotion], mostMs: promotion.ms + PROMPT_MS };
    return databaseLink(effect, past, `a replica of ${effect.subject} becomes the primary`, []);
  },

  // Operators call a pod the primary just before they say in their own status that it is.
  role: (effect, past) => {
    const { promotion } = past.constants;
    const cause = past.last(effect, anyOf("promoted", "failing over"));
    return link(cause, `${titleOf(past, effect.subject)} becomes the primary`, cause?.what === "promoted" ? [] : [promotion], promotion.ms + PROMPT_MS);
  },

  selector: (effect, past) => link(past.last(effect, either(anyOf("promoted", "failing over"), (one) => one.what === "pod not ready" && log(past, one.subject)?.metadata.namespace === effect.subject.split("/")[0])), `${effect.subject} is pointed at another pod`),

  "address asked for": (effect, past) => {
    const { unheard } = past.constants;
    return link(past.last(effect, either(is(effect.detail ?? "", "machine lost"), anyOf("machine reached"))), `${effect.subject} answers for the ingress' address as before, and who used ${effect.detail ?? "another"} asks anew`, unheard === undefined ? [] : [unheard], unheard?.ms);
  },

  "router asks": (effect, past) => {
    const { arpExpiry } = past.constants;
    return link(past.last(effect, either(anyOf("address moved", "address asked for"), is(effect.subject, "machine lost"))), `the router sends on to ${effect.subject}, and then asks who has the ingress' address`, arpExpiry === undefined ? [] : [arpExpiry], arpExpiry?.ms);
  },

  "address moved": (effect, past) => {
    const { failover } = past.constants;
    return link(past.last(effect, either(is(effect.detail ?? "", "machine lost"), anyOf("machine reached"))), `${effect.subject} answers for the ingress' address instead`, failover === undefined ? [] : [failover], failover?.ms);
  },
};

const log = (past: Past, uid: string): KubeObject | undefined => past.log.pod(uid);

/** Sandbox, network, mounts: what comes before a container's image is asked for. */
function readied(cause: Happening | undefined, uid: string, past: Past, text: string): Link | undefined {
  if (cause?.what === "waits to restart") return link(cause, `the back-off of ${titleOf(past, uid)}`, [past.constants.backOff], past.constants.backOff.ms);
  const { mount, mountRetry, sandbox, sandboxRetry, network, relist } = past.constants;
  if (cause?.what === "network agent runs") return link(cause, `${nodeOf(past, uid)} tries the network of ${titleOf(past, uid)} again: ${text}`, [sandboxRetry, sandbox], sum(sandboxRetry, sandbox, relist) + PROMPT_MS);
  // The kubelet has tried since before the volume was there.
  if (cause?.what === "volume attached") return link(cause, `${nodeOf(past, uid)} prepares ${titleOf(past, uid)}: ${text}`, [mountRetry, sandbox], sum(mountRetry, sandbox, relist) + PROMPT_MS);
  const isRestart = cause?.what === "machine hears" || cause?.what === "machine reached";
  return link(cause, `${nodeOf(past, uid)} prepares ${titleOf(past, uid)}: ${text}`, isRestart ? [network, mount, sandbox] : [mount, sandbox], sum(mount, sandbox, relist, ...(isRestart ? [network] : [])) + PROMPT_MS);
}

/** Pods of operators that choose primaries. */
const OPERATORS: readonly (string | undefined)[] = ["cloudnative-pg", "mariadb-operator"];

function databaseLink(effect: Happening, past: Past, text: string, rests: readonly Constant[]): Link | undefined {
  const [namespace = "", name = ""] = effect.subject.split("/");
  const isIts = (uid: string): boolean => {
    const metadata = log(past, uid)?.metadata;
    return metadata?.namespace === namespace && metadata.ownerReferences?.some((owner) => owner.name === name || owner.name.startsWith(`${name}-`)) === true;
  };
  const isOperator = (one: Happening): boolean => one.what === "pod ready" && OPERATORS.includes(log(past, one.subject)?.metadata.labels?.["app.kubernetes.io/name"]);
  const cause = past.last(effect, (one) => isOperator(one) || (anyOf("pod not ready", "pod ready", "pod to be deleted", "pod gone", "pod failed")(one) && isIts(one.subject)));
  const { operatorLook } = past.constants;
  return cause !== undefined && isOperator(cause) ? link(cause, `${text}: its operator runs again`, [...rests, operatorLook], operatorLook.ms + PROMPT_MS) : link(cause, text, rests);
}
