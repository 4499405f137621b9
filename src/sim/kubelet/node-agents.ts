/** The kubelets of all machines behind one object: what the API, the ingress and the metrics ask. */
import type { ObjectEvent } from "../api/client.ts";
import { notFound } from "../api/status.ts";
import type { ControllerContext } from "../controllers/reconciler.ts";
import type { SimMachine } from "../machine.ts";
import type { HttpRequest, HttpResponse } from "./behaviour/process.ts";
import { ClusterNetwork, type NetworkOptions } from "./cluster-network.ts";
import { Kubelet, type KubeletOptions } from "./kubelet.ts";
import type { Pod } from "./pod.ts";
import { fillStorage, type MachineState, storageState, type StorageState } from "./machine-state.ts";
import { podMetrics, type PodMetrics } from "./pod-metrics.ts";
import { noTroubles, Selected } from "./pod-troubles.ts";
import type { Storage } from "./pod-volumes.ts";
import { openPort, type PortStream } from "./port-stream.ts";
import type { PodWorker } from "./pod-worker.ts";
import { Registries } from "./registries.ts";
import { type LogAnswer, type LogRequest, readLogs } from "./read-logs.ts";

/** How often memory that grows is looked at. */
const LEAK_LOOK_MS = 10_000;

export interface NodeAgents {
  /** Switches a machine on; `isNode: false` machines get no kubelet. With a state the machine is on, and what ran on it runs on. */
  start(machine: SimMachine, options?: Omit<KubeletOptions, "network" | "onReachChange" | "onNetworkChange" | "onTurn">, state?: MachineState): Kubelet | undefined;
  /** What all machines run, for other agents to go on with. */
  state(): AgentsState;
  /** Called with the machine whose kubelet can be reached from now on, or cannot any more; returns how to stop. */
  onReachChange(listener: (machine: string) => void): () => void;
  /** Called with the machine whose pods can be reached, or reach others, otherwise than before; returns how to stop. */
  onNetworkChange(listener: (machine: string) => void): () => void;
  /** Called with the namespace of a pod whose programs began, ended, or answer otherwise than before; returns how to stop. */
  onTurn(listener: (namespace: string) => void): () => void;
  /** The kubelet of a machine. */
  machine(name: string): Kubelet | undefined;
  readonly machines: readonly Kubelet[];
  /** Throws ApiError: NotFound, BadRequest. */
  logs(namespace: string, pod: string, request: LogRequest): LogAnswer;
  /** A byte stream to a port of a pod, or the text of the refusal. */
  openPort(namespace: string, pod: string, port: number): PortStream | string;
  /** One request to what listens on a port of a pod; undefined where nothing does, or its machine cannot be reached. */
  http(namespace: string, pod: string, port: number, request: HttpRequest): HttpResponse | undefined;
  metrics: PodMetrics;
  /** What stands between all machines and the registries outside. */
  readonly registries: Registries;
  /** Lets the programs of these pods (on one machine) end so long after they begin, those that run at once; undefined: lets them run again when they are started next. */
  setCrashing(namespace: string, labels: Readonly<Record<string, string>>, afterMs: number | undefined, machine?: string): void;
  /** Lets the programs of these pods run on and say that they are not ready, or no longer. */
  setUnready(namespace: string, labels: Readonly<Record<string, string>>, isUnready: boolean): void;
  /** Asks these pods together for so many thousandths of a processor beyond what they do at rest, shared among those that are ready; 0: for no more. */
  setLoad(namespace: string, labels: Readonly<Record<string, string>>, cpuMilli: number): void;
  /** Lets the memory of these pods grow by so much each millisecond, from now and from each start on; undefined: lets those that start from now on be as they were. */
  setLeak(namespace: string, labels: Readonly<Record<string, string>>, bytesPerMs: number | undefined): void;
  /** Until when something is known to change here by itself, in milliseconds since 1970; 0: nothing is. */
  changesUntilMs(): number;
  network: ClusterNetwork;
  /** Ends all watching; timers are left to the event loop. */
  stop(): void;
}

export interface AgentsState {
  machines: Readonly<Record<string, MachineState>>;
  /** Volumes that are reached over the network. */
  storage: StorageState;
}

/** `contextOf` gives each machine its own client identity (`system:node:NAME`) and its own share of chance. */
export function createNodeAgents(contextOf: (machineName: string) => ControllerContext, options: NetworkOptions = {}, sharedStorage: StorageState = []): NodeAgents {
  const registries = new Registries();
  const troubles = noTroubles();
  const kubelets = new Map<string, Kubelet>();
  const machines: Kubelet[] = [];
  const shared = contextOf("node-agents");
  const storage: Storage = new Map();
  fillStorage(storage, sharedStorage);
  const kubelet = (name: string): Kubelet | undefined => kubelets.get(name);
  const listeners = new Set<(machine: string) => void>();
  const networkListeners = new Set<(machine: string) => void>();
  const turnListeners = new Set<(namespace: string) => void>();
  const workers = (): PodWorker[] => [...kubelets.values()].flatMap((one) => (one.isReachable ? one.workers : []));
  let changesUntilMs = 0;
  const lookAtLeaks = (): void => {
    const next = [...kubelets.values()].flatMap((one) => (one.isRunning ? (one.lookAtLeaks() ?? []) : []));
    changesUntilMs = troubles.leak.isEmpty || next.length === 0 ? 0 : shared.clock.now() + Math.max(...next) + LEAK_LOOK_MS;
    if (!troubles.leak.isEmpty) shared.clock.after(LEAK_LOOK_MS, lookAtLeaks);
  };
  const network = new ClusterNetwork(shared.client, () => kubelets.values(), kubelet, options);
  const podOf = (namespace: string, name: string): Pod => {
    const pod = shared.client.get<Pod>("pods", namespace, name);
    if (pod === undefined) throw notFound({ plural: "pods", group: "" }, name);
    return pod;
  };
  // One watch for all: each kubelet gets only what is on its node.
  const stopWatch = shared.client.watch<Pod>("pods", (event: ObjectEvent<Pod>) => {
    const nodeName = event.object.spec.nodeName;
    if (nodeName) kubelets.get(nodeName)?.onPod(event);
  });
  return {
    start(machine, kubeletOptions = {}, state = undefined) {
      if (!machine.isNode) return undefined;
      const started = new Kubelet(machine, contextOf(machine.name), {
        storage,
        registries,
        troubles,
        ...kubeletOptions,
        network: (pod, one) => network.forPod(pod, one),
        onReachChange: () => listeners.forEach((listener) => listener(machine.name)),
        onNetworkChange: () => networkListeners.forEach((listener) => listener(machine.name)),
        onTurn: (namespace) => turnListeners.forEach((listener) => listener(namespace)),
      });
      kubelets.set(machine.name, started);
      machines.splice(0, machines.length, ...kubelets.values());
      if (state === undefined) started.powerOn();
      else started.goOn(state);
      return started;
    },
    onTurn(listener) {
      turnListeners.add(listener);
      return () => void turnListeners.delete(listener);
    },
    onNetworkChange(listener) {
      networkListeners.add(listener);
      return () => void networkListeners.delete(listener);
    },
    onReachChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    state: () => ({ machines: Object.fromEntries([...kubelets].map(([name, one]) => [name, one.state])), storage: storageState(storage) }),
    machine: kubelet,
    machines,
    logs: (namespace, name, request) => {
      const pod = podOf(namespace, name);
      return readLogs(pod, kubelet(pod.spec.nodeName ?? ""), request, shared.clock.now());
    },
    openPort: (namespace, name, port) => {
      const pod = podOf(namespace, name);
      return openPort(pod, kubelet(pod.spec.nodeName ?? ""), port);
    },
    http: (namespace, podName, port, request) => {
      const nodeName = podOf(namespace, podName).spec.nodeName ?? "";
      return network.processAt({ address: "", port, namespace, podName, nodeName })?.http(port, request);
    },
    metrics: podMetrics(() => kubelets.values(), kubelet, () => shared.clock.now()),
    registries,
    setCrashing: (namespace, labels, afterMs, machine) => {
      troubles.crashing.set(namespace, labels, afterMs, machine);
      if (afterMs === undefined) return;
      for (const one of kubelets.values()) for (const worker of one.workers) if (troubles.crashing.of(worker.pod) !== undefined) for (const { current } of worker.apps) current?.process?.signal("SIGKILL");
    },
    setUnready: (namespace, labels, isUnready) => {
      troubles.unready.set(namespace, labels, isUnready || undefined);
      for (const one of kubelets.values()) for (const worker of one.workers) worker.probeAgain();
    },
    setLoad: (namespace, labels, cpuMilli) => {
      const selected = new Selected<true>();
      selected.set(namespace, labels, true);
      const share = (): number => cpuMilli / Math.max(1, workers().filter((worker) => selected.of(worker.pod) && worker.apps.every(({ isReady }) => isReady)).length);
      troubles.load.set(namespace, labels, cpuMilli === 0 ? undefined : share);
    },
    setLeak: (namespace, labels, bytesPerMs) => {
      const wasEmpty = troubles.leak.isEmpty;
      troubles.leak.set(namespace, labels, bytesPerMs === undefined ? undefined : { bytesPerMs, sinceMs: shared.clock.now() });
      if (wasEmpty && !troubles.leak.isEmpty) lookAtLeaks();
    },
    changesUntilMs: () => changesUntilMs,
    network,
    stop: stopWatch,
  };
}
