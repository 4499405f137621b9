/**
 * The kubelet of one machine: registers its node, keeps its lease and status, and runs the pods bound to it. The machine can be switched
 * off and on, cut from the network, and run short of memory or disk; what then happens follows from what the kubelet does, nothing is scripted.
 */
import { fnv32a } from "../../lib/fnv32.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { ObjectEvent } from "../api/client.ts";
import { ApiError } from "../api/status.ts";
import { type ControllerContext, keyOf } from "../controllers/reconciler.ts";
import type { SimMachine } from "../machine.ts";
import { AddressPool } from "./address-pool.ts";
import { admissionProblem } from "./admit.ts";
import { Backoff } from "./backoff.ts";
import type { ProcessNetwork } from "./behaviour/process.ts";
import { EvictionManager } from "./eviction-manager.ts";
import { ImageCollector } from "./image-collector.ts";
import { fullImageName } from "./image-name.ts";
import { ImageStore } from "./image-store.ts";
import { MachineDisk } from "./machine-disk.ts";
import { lookAtLeaks } from "./memory-leaks.ts";
import { fillStorage, type MachineState, storageState } from "./machine-state.ts";
import { NodeReporter } from "./node-reporter.ts";
import { NETWORK_NOT_READY } from "./node-status.ts";
import type { PodInfo } from "../scheduler/pod-info.ts";
import type { Node, Pod } from "./pod.ts";
import { isTerminalPod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { PodNetwork, type WithoutAgent } from "./pod-network.ts";
import { isOf, noTroubles, type PodTroubles } from "./pod-troubles.ts";
import { systemMemoryBytes } from "./pod-metrics.ts";
import type { Storage } from "./pod-volumes.ts";
import type { Registries } from "./registries.ts";
import { PodWorker } from "./pod-worker.ts";
import { isMirror, mirrorPod } from "./static-pod.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface KubeletOptions {
  /** Pods that this machine runs by itself: the control plane's, where the distribution has them. */
  staticPods?: readonly KubeObject[];
  /** Images that are there from the start. */
  images?: readonly string[];
  /** Volumes that are reached over the network. */
  storage?: Storage;
  /** What is wrong with programs. */
  troubles?: PodTroubles;
  /** What is wrong with registries outside. */
  registries?: Registries;
  /** What the programs in a pod can reach. */
  network(pod: Pod, kubelet: Kubelet): ProcessNetwork;
  /** Called when the machine can be reached from now on, or cannot any more. */
  onReachChange?(): void;
  /** Called when pods on the machine can be reached, or reach others, otherwise than before. */
  onNetworkChange?(): void;
  /** Called with the namespace of a pod whose programs began, ended, or answer otherwise than before. */
  onTurn?(namespace: string): void;
}

/** Memory is given out in whole pages. */
const PAGE_BYTES = 4096;

export class Kubelet {
  readonly machine: SimMachine;
  readonly images: ImageStore;
  readonly #context: ControllerContext;
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #byKey = new Map<string, PodWorker>();
  readonly #disk: Storage = new Map();
  #machineId: string;
  readonly #timers = new Set<() => void>();
  readonly #reporter: NodeReporter;
  readonly #filesystem: MachineDisk;
  readonly #collector: ImageCollector;
  readonly #eviction: EvictionManager;
  readonly #podNetwork = new PodNetwork();
  #host: PodHost;
  #power: "off" | "booting" | "on" = "off";
  #isConnected = true;
  /** Cut off from most, but not from the others on its side of the network. */
  #isAside = false;
  /** Whether requests to the API get through, with the cable plugged in. */
  #hasApi = true;
  /** Whether registries outside can be reached. */
  #hasInternet = true;
  /** Without a clock that runs on a battery a machine boots in the past, and asks time servers outside. */
  #keepsTime = true;
  #hasTime = true;
  #startedMs = 0;
  #bootId = "";
  #isNetworkReady = false;
  #otherMemoryBytes = 0;
  /** How many times as long as it should all takes that begins now. */
  #slowness = 1;

  constructor(machine: SimMachine, context: ControllerContext, options: KubeletOptions) {
    this.machine = machine;
    this.#context = context;
    this.#options = options;
    this.#machineId = context.random.uuid().replace(/-/g, "");
    this.images = new ImageStore(machine, context.clock);
    this.#filesystem = new MachineDisk(machine, { imageBytes: () => this.images.diskBytes, fileBytes: () => this.#fileBytes() });
    const imagesChanged = (): void => this.#collector.imagesChanged();
    const roomBytes = (): number => this.#filesystem.availableBytes;
    // A machine without a network reaches no registry either.
    const gate = (image: string): string | undefined => (this.#isConnected && this.#hasInternet ? options.registries?.problem(image, machine.name) : `failed to pull and unpack image "${image}": failed to resolve reference "${image}": network is unreachable`);
    this.images.onChange = imagesChanged;
    this.images.roomBytes = roomBytes;
    this.images.gate = gate;
    this.#host = this.#newHost();
    this.#reporter = new NodeReporter({
      context,
      machine,
      identity: () => ({ machineId: this.#machineId, bootId: this.#bootId }),
      images: () => this.#collector.listed,
      conditions: () => ({
        memoryPressure: this.#eviction.isUnder("memory"),
        diskPressure: this.#eviction.isUnder("disk"),
        notReadyBecause: this.#isNetworkReady ? [] : [NETWORK_NOT_READY],
      }),
      canReport: () => this.isOnline,
      after: (delayMs, fn) => this.#after(delayMs, fn),
      upkeep: (delayMs, fn) => this.#after(delayMs, fn, true),
      event: (about, type, reason, message) => this.#event(about, type, reason, message),
      onRegistered: () => this.#createMirrors(),
    });
    const warn = (reason: string, message: string): void => this.#event(this.#reporter.reference(), "Warning", reason, message);
    const ofNode = { clock: context.clock, disk: this.#filesystem, settings: machine.kubelet, warn, after: (delayMs: number, fn: () => void) => this.#after(delayMs, fn), upkeep: (delayMs: number, fn: () => void) => this.#after(delayMs, fn, true) };
    this.#collector = new ImageCollector({
      ...ofNode,
      images: this.images,
      kubeletVersion: machine.kubeletVersion,
      imagesInUse: () => this.#imagesInUse(),
      onListed: () => this.#reporter.changed(),
    });
    this.#eviction = new EvictionManager({
      ...ofNode,
      memoryBytes: machine.memoryBytes,
      memoryAvailableBytes: () => this.#memoryAvailableBytes(),
      workers: () => this.workers,
      deleteUnusedImages: () => this.#collector.deleteUnused(),
      podEvent: (worker, reason, message) => this.#event(worker.pod, "Warning", reason, message),
      onPressure: () => this.#reporter.changed(),
    });
    for (const image of options.images ?? []) this.images.add(image);
  }

  get name(): string {
    return this.machine.name;
  }

  get isRunning(): boolean {
    return this.#power === "on";
  }

  /** Running and able to reach others. */
  get isReachable(): boolean {
    return this.#power === "on" && this.#isConnected;
  }

  /** Whether its clock is right: in the past no certificate is valid yet. */
  get hasTime(): boolean {
    return this.#hasTime;
  }

  /** Running, the API answers it, and it believes that it is the API. */
  get isOnline(): boolean {
    return this.#power === "on" && this.#hasNetwork && this.#hasApi && this.#hasTime;
  }

  /** Whether requests that begin here follow what Services become. */
  get followsServices(): boolean {
    return this.isOnline && this.#podNetwork.without?.isServiceProxy !== true;
  }

  get #hasNetwork(): boolean {
    return this.#isConnected || this.#isAside;
  }

  get workers(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  /** The latest pod of this name. */
  worker(namespace: string, podName: string): PodWorker | undefined {
    return this.workerOf(`${namespace}/${podName}`);
  }

  /** The same, by `NAMESPACE/NAME`. */
  workerOf(podKey: string): PodWorker | undefined {
    return this.#byKey.get(podKey);
  }

  #newHost(): PodHost {
    const { machine } = this;
    const context = this.#context;
    const hostIps = machine.addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
    let pool = new AddressPool(machine.podCidrs);
    return {
      context,
      machine,
      images: this.images,
      // A machine without ranges of its own gets them from the controller that hands them out.
      addresses: () => {
        if (pool.isEmpty) pool = new AddressPool(context.client.get<Node>("nodes", undefined, machine.name)?.spec?.podCIDRs ?? []);
        return pool;
      },
      disks: { local: this.#disk, shared: this.#options.storage ?? new Map() },
      restartBackoff: new Backoff(KUBELET_TIMINGS.restartBackoffMsMin, KUBELET_TIMINGS.restartBackoffMsMax),
      imageBackoff: new Backoff(KUBELET_TIMINGS.imageBackoffMsMin, KUBELET_TIMINGS.imageBackoffMsMax),
      hostIps,
      allocatable: {
        cpuMilli: machine.cpuMilli - machine.reserved.cpuMilli,
        memoryBytes: machine.memoryBytes - machine.reserved.memoryBytes,
        storageBytes: machine.diskBytes,
      },
      slowed: (ms) => ms * this.#slowness,
      turned: (namespace) => {
        this.#options.onTurn?.(namespace);
        if (this.#podNetwork.isReturning) this.#lookForNetworkAgent();
      },
      podNetwork: this.#podNetwork,
      isConnected: () => this.isOnline,
      atNextRelist: (fn) => {
        const sinceMs = context.clock.now() - this.#startedMs;
        const period = KUBELET_TIMINGS.relistMs;
        return context.clock.after((Math.floor(sinceMs / period) + 1) * period - sinceMs, fn);
      },
      event: (about, type, reason, message) => this.#event(about, type, reason, message),
      networkOf: (pod) => this.#options.network(pod, this),
      troubles: this.#options.troubles ?? noTroubles(),
      admit: (pod) => this.#admit(pod),
      released: (uid) => this.#forget(uid),
    };
  }

  #forget(uid: string): void {
    const worker = this.#workers.get(uid);
    this.#workers.delete(uid);
    if (worker !== undefined && this.#byKey.get(keyOf(worker.pod)) === worker) this.#byKey.delete(keyOf(worker.pod));
  }

  #event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    if (!this.#hasNetwork || !this.#hasApi) return;
    try {
      this.#context.client.event(about, { type, reason, message, component: "kubelet", host: this.name });
    } catch (error) {
      // An event about an object in a namespace that goes away is dropped, as upstream's recorder does.
      if (!(error instanceof ApiError)) throw error;
      this.#log(`event ${reason}: ${error.message}`);
    }
  }

  #log(line: string): void {
    this.#context.log(`kubelet ${this.name}: ${line}`);
  }

  /** Switches the machine on: after its boot time the kubelet registers and takes up its pods. */
  powerOn(): void {
    if (this.#power !== "off") return;
    this.#power = "booting";
    this.#after(this.machine.bootMs * this.#slowness, () => this.#run());
  }

  /** What runs here now, for another kubelet to `goOn` with. */
  get state(): MachineState {
    return { machineId: this.#machineId, bootId: this.#bootId, startedMs: this.#startedMs, images: this.images.images.map(({ name }) => name), volumes: storageState(this.#disk) };
  }

  /** Starts on a machine that is running: pods go on as the API tells of them, and nobody sees a difference. */
  goOn(state: MachineState): void {
    this.#power = "on";
    this.#machineId = state.machineId;
    this.#bootId = state.bootId;
    this.#startedMs = state.startedMs;
    this.#isNetworkReady = true;
    for (const image of state.images) this.images.add(image);
    fillStorage(this.#disk, state.volumes);
    for (const pod of this.#context.client.podsOnNode<Pod>(this.name)) this.#host.addresses().claim(pod.spec.hostNetwork ? [] : (pod.status?.podIPs ?? []).map(({ ip }) => ip!));
    for (const pod of this.#context.client.podsOnNode<Pod>(this.name)) this.#newWorker(pod).goOn();
    this.#reporter.goOn();
    this.#collector.begin();
    this.#eviction.begin();
  }

  /** Cuts the power: every process ends at once, nobody is told. */
  powerOff(): void {
    if (this.#power === "off") return;
    this.#power = "off";
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.images.abort();
    for (const worker of this.#workers.values()) worker.powerLost();
    this.#workers.clear();
    this.#byKey.clear();
    this.#isNetworkReady = false;
    this.#eviction.end();
    this.#otherMemoryBytes = 0;
    this.#host = this.#newHost();
    this.#options.onReachChange?.();
  }

  /** Pulls or plugs the network cable. Pods run on; nothing is reported or learned meanwhile, but from those on its side of a network that is split (`isAside`). */
  setConnected(isConnected: boolean, isAside = false): void {
    if (this.#isConnected === isConnected && this.#isAside === isAside) return;
    const [wasConnected, hadNetwork] = [this.#isConnected, this.#hasNetwork];
    this.#isConnected = isConnected;
    this.#isAside = isAside;
    this.#options.onReachChange?.();
    if (!hadNetwork || (isConnected && !wasConnected)) this.#catchUp();
  }

  /** The API can be reached, or not: no server, no quorum, or nothing on the way to it. The network between machines is another matter. */
  setApiReachable(isReachable: boolean): void {
    if (this.#hasApi === isReachable) return;
    this.#hasApi = isReachable;
    if (isReachable) this.#catchUp();
  }

  /** The agent of the pods' network is gone from the machine. */
  loseNetworkAgent(without: WithoutAgent): void {
    this.#podNetwork.lose(without, this.#context.clock.now());
    // Somebody looks when the others' routes are gone.
    if (without.routesLastMs !== undefined) this.#context.clock.after(without.routesLastMs, () => this.#options.onNetworkChange?.());
  }

  get hasNetworkAgent(): boolean {
    return this.#podNetwork.without === undefined;
  }

  /** Whether pods here and pods elsewhere reach each other. */
  get isPodNetworkCut(): boolean {
    return this.#podNetwork.isCut(this.#context.clock.now());
  }

  /** It can run again. */
  letNetworkAgentReturn(): void {
    this.#podNetwork.letReturn();
    this.#lookForNetworkAgent();
  }

  #lookForNetworkAgent(): void {
    const { without, isReturning } = this.#podNetwork;
    if (without === undefined || !isReturning) return;
    const isAgent = (pod: Pod): boolean => isOf(pod, without.namespace, without.labels);
    const isThere = this.workers.some((worker) => isAgent(worker.pod) && worker.apps.every(({ current }) => current?.process !== undefined && current.ended === undefined));
    if (!isThere && this.#context.client.podsOnNode<Pod>(this.name).some(isAgent)) return;
    this.#podNetwork.regain();
    for (const worker of this.workers) worker.networkBack();
    this.#options.onNetworkChange?.();
  }

  /** The way out of the home is there, or not. */
  setInternet(hasInternet: boolean): void {
    this.#hasInternet = hasInternet;
    if (hasInternet && this.#power === "on") this.#setTime(true);
  }

  /** Its clock has lost its battery (or never had one), or has it again. Felt at the next boot. */
  setKeepsTime(keepsTime: boolean): void {
    this.#keepsTime = keepsTime;
    if (keepsTime) this.#setTime(true);
  }

  #setTime(isRight: boolean): void {
    if (this.#hasTime === isRight) return;
    this.#hasTime = isRight;
    this.#options.onReachChange?.();
    if (isRight) this.#catchUp();
  }

  #catchUp(): void {
    if (!this.isOnline) return;
    this.#relistPods();
    for (const worker of this.#workers.values()) worker.reconnected();
    this.#reporter.catchUp();
  }

  /** The disk is gone and replaced by an empty one: images and local volumes are lost. */
  loseDisk(): void {
    for (const image of this.images.images) this.images.remove(image.name);
    this.#disk.clear();
  }

  /** Programs outside the pods take so many bytes of the memory. */
  setOtherMemoryBytes(bytes: number): void {
    this.#otherMemoryBytes = bytes;
    this.#eviction.memoryTaken();
  }

  /** Looks at pods whose memory grows; in how many milliseconds the next one will have all that it may have, undefined while none grows. */
  lookAtLeaks(): number | undefined {
    return lookAtLeaks({ workers: this.workers, availableBytes: () => this.#memoryAvailableBytes(), memoryTaken: () => this.#eviction.memoryTaken() });
  }

  /** Programs outside the pods take memory until so much is left. */
  leaveMemoryBytes(bytes: number): void {
    this.setOtherMemoryBytes(Math.max(0, this.#otherMemoryBytes + this.#memoryAvailableBytes() - bytes));
  }

  #memoryAvailableBytes(): number {
    let used = systemMemoryBytes(this.machine) + this.#otherMemoryBytes;
    for (const worker of this.#workers.values()) used += worker.memoryBytes;
    return Math.max(0, Math.floor((this.machine.memoryBytes - used) / PAGE_BYTES) * PAGE_BYTES);
  }

  get slowness(): number {
    return this.#slowness;
  }

  /** Everything that begins from now on takes so many times as long: a processor that is throttled, a card that is worn. What runs goes on. */
  setSlowness(factor: number): void {
    this.#slowness = factor;
    this.images.slowness = factor;
  }

  /** Files outside the pods take so many bytes of the disk. */
  setOtherFileBytes(bytes: number): void {
    this.#filesystem.otherBytes = bytes;
  }

  /** What the disk has left for images and pods. */
  get diskAvailableBytes(): number {
    return this.#filesystem.availableBytes;
  }

  #fileBytes(): number {
    let sum = 0;
    for (const volume of this.#disk.values()) sum += volume.bytes;
    for (const worker of this.#workers.values()) sum += worker.diskBytes;
    return sum;
  }

  /** Of all containers, those that ended included: they are there until their pod is gone. */
  #imagesInUse(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const worker of this.#workers.values()) for (const { current, imageName } of worker.records) if (current !== undefined) names.add(fullImageName(imageName));
    return names;
  }

  #after(delayMs: number, fn: () => void, isUpkeep = false): void {
    const cancel = this.#context.clock[isUpkeep ? "upkeep" : "after"](delayMs, () => {
      this.#timers.delete(cancel);
      fn();
    });
    this.#timers.add(cancel);
  }

  #run(): void {
    const { clock, random } = this.#context;
    this.#power = "on";
    this.#startedMs = clock.now();
    this.#bootId = random.uuid();
    if (this.#podNetwork.without !== undefined) {
      this.#podNetwork.booted();
      this.#options.onNetworkChange?.();
    }
    this.#hasTime = this.#keepsTime || (this.#isConnected && this.#hasInternet);
    this.#options.onReachChange?.();
    this.#after(KUBELET_TIMINGS.networkReadyMs, () => {
      this.#isNetworkReady = true;
      this.#reporter.changedNow();
      this.#relistPods();
    });
    this.#reporter.begin();
    this.#collector.begin();
    this.#eviction.begin();
  }

  #admit(pod: Pod): { reason: string; message: string } | undefined {
    const node = this.#context.client.get<Node>("nodes", undefined, this.name);
    if (node === undefined) return undefined;
    const others: PodInfo[] = [];
    for (const worker of this.#workers.values()) if (worker.uid !== pod.metadata.uid && worker.hasObject && !worker.isFinished && !isTerminalPod(worker.pod)) others.push(worker.info);
    return admissionProblem(pod, node, others, this.#workers.get(pod.metadata.uid!)?.info);
  }

  /** A kubelet that has just started, or heard nothing for a while, asks for all its pods. */
  #relistPods(): void {
    if (!this.isOnline || !this.#isNetworkReady) return;
    const pods = this.#context.client.podsOnNode<Pod>(this.name);
    const uids = new Set(pods.map((pod) => pod.metadata.uid));
    for (const worker of this.workers) if (!uids.has(worker.uid)) worker.removed();
    // Addresses in use before a restart are not given away again until their pods had their turn.
    for (const pod of pods) this.#take(pod);
    this.#createMirrors();
  }

  /** A pod of this node was created, changed or removed. */
  onPod({ type, object: pod }: ObjectEvent<Pod>): void {
    if (!this.isOnline || !this.#isNetworkReady) return;
    if (type === "DELETED") {
      const worker = this.#workers.get(pod.metadata.uid!);
      if (isMirror(pod) && worker !== undefined) this.#context.clock.after(0, () => this.#createMirrors(worker));
      else worker?.removed();
      return;
    }
    this.#take(pod);
  }

  #take(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const known = this.#workers.get(uid);
    if (isMirror(pod) && pod.metadata.deletionTimestamp !== undefined) {
      // The object stands for a pod that nobody can delete: it goes and comes back.
      this.#context.clock.after(0, () => this.#try(() => this.#context.client.delete("pods", pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 })));
      return;
    }
    if (known !== undefined) return known.update(pod);
    const worker = this.#newWorker(pod);
    // Watch handlers only note what is to be done.
    this.#after(0, () => this.#workers.get(uid) === worker && worker.begin());
  }

  #newWorker(pod: Pod): PodWorker {
    const worker = new PodWorker(pod, this.#host);
    this.#workers.set(worker.uid, worker);
    this.#byKey.set(keyOf(pod), worker);
    return worker;
  }

  #createMirrors(orphan?: PodWorker): void {
    const node = this.#context.client.get<Node>("nodes", undefined, this.name);
    if (node === undefined || !this.isOnline) return;
    for (const manifest of this.#options.staticPods ?? []) {
      const mirror = mirrorPod(manifest, node, `${fnv32a(JSON.stringify(manifest)).toString(16)}`, this.#context.clock.now());
      if (this.#context.client.get("pods", mirror.metadata.namespace, mirror.metadata.name) !== undefined) continue;
      this.#try(() => {
        const isOrphan = orphan !== undefined && keyOf(orphan.pod) === keyOf(mirror);
        const created = this.#context.client.create<Pod>("pods", mirror);
        if (!isOrphan) return;
        // The containers never stopped: only their object is new.
        this.#forget(orphan.uid);
        orphan.rebind(created);
        this.#workers.set(orphan.uid, orphan);
        this.#byKey.set(keyOf(created), orphan);
      });
    }
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== "NotFound") this.#log(error.message);
    }
  }
}
