/** The constants that outages rest on, with their names in Kubernetes and their sources. The figures are those that the embedded cluster runs by, for the cluster's version: none is written here again. */
import { timeText } from "../../../lib/time-text.ts";
import type { Homelab } from "../../../config/homelab.ts";
import { controlPlaneTimings } from "../../../sim/control-plane/timings.ts";
import { nodeMonitorGraceSince, timingsFor } from "../../../sim/controllers/timings.ts";
import { PROMOTION_MS } from "../../../sim/controllers/platform/cloud-native-pg/cloud-native-pg.ts";
import { RESYNC_MS } from "../../../sim/controllers/platform/longhorn-pods.ts";
import { OPERATOR_RETRY_MS } from "../../../sim/controllers/platform/operator.ts";
import { VERIFY_PERIOD_MS } from "../../../sim/controllers/volume/attach-detach.ts";
import { HEARTBEAT_GRACE_MS, HEARTBEAT_INTERVAL_MS } from "../../../sim/storage/ceph.ts";
import { PEER_TIMEOUT_MS } from "../../../sim/storage/drbd.ts";
import { CEPH_RBD, LINSTOR, LONGHORN } from "../../../sim/storage/drivers.ts";
import { REPLICA_TIMEOUT_MS } from "../../../sim/storage/longhorn.ts";
import { FAIL_OVER_LOOK_MS, FAIL_OVER_MS } from "../../../sim/storage/piraeus-fail-over.ts";
import { imageFacts } from "../../../sim/kubelet/image-catalog.ts";
import { KUBELET_TIMINGS } from "../../../sim/kubelet/timings.ts";
import { minorOf } from "../../../sim/controllers/all.ts";
import type { AddressKeeping } from "../../../sim/control-plane/endpoint-address.ts";
import { controlPlaneOf } from "../control-plane-of.ts";
import { wayToIngress } from "../doors.ts";

export interface Constant {
  /** `node-monitor-grace-period`: as upstream calls it, or in words for what upstream leaves to the machine. */
  readonly name: string;
  /** For people: `50 s (since Kubernetes 1.32)`. */
  readonly value: string;
  readonly source: string;
  /** Milliseconds, where it is a time. */
  readonly ms?: number;
}

const ESTIMATE = "estimate";
const KUBE_VIP = "kube-vip, cmd/kube-vip.go";
const LEADER_ELECTION = "component-base/config/v1alpha1/defaults.go";

function timed(name: string, ms: number, source: string, more = ""): Constant & { ms: number } {
  return { name, value: `${ms < 1000 ? `${ms} ms` : timeText(ms)}${more}`, source, ms };
}

/** Whoever takes the address: the last of the list waits longest. */
const longestMs = ({ candidates }: AddressKeeping): number => Math.max(...candidates.map(({ takeoverMs }) => takeoverMs));

export type Constants = ReturnType<typeof constantsOf>;

export function constantsOf(homelab: Homelab) {
  const { distribution, version } = homelab.kubernetes;
  const minor = minorOf(version);
  const timings = timingsFor(minor);
  const since = nodeMonitorGraceSince(minor);
  const server = controlPlaneTimings(distribution);
  const keeping = controlPlaneOf(homelab).address;
  const way = wayToIngress(homelab);
  const door = way?.door;
  const peer = timed("timeout of a peer of DRBD", PEER_TIMEOUT_MS, "drbd.conf, net options");
  return {
    peer,
    failOver: timed("fail-over-timeout", FAIL_OVER_MS, "piraeus-ha-controller, cmd/agent/main.go"),
    failOverLook: timed("reconcile-interval", FAIL_OVER_LOOK_MS, "piraeus-ha-controller, cmd/agent/main.go"),
    /** How long I/O waits for a copy that does not answer, by CSI driver. */
    copyTimeouts: {
      [LONGHORN]: [timed("engine-replica-timeout", REPLICA_TIMEOUT_MS, "longhorn-manager, types/setting.go")],
      [LINSTOR]: [peer],
      [CEPH_RBD]: [timed("osd_heartbeat_grace", HEARTBEAT_GRACE_MS, "Ceph, global.yaml.in"), timed("osd_heartbeat_interval", HEARTBEAT_INTERVAL_MS, "Ceph, osd.yaml.in")],
    } as Readonly<Record<string, readonly Constant[]>>,
    grace: timed("node-monitor-grace-period", timings.nodeMonitorGraceMs, "cmd/kube-controller-manager, nodelifecyclecontroller.go", since > 0 ? ` (since Kubernetes 1.${since})` : ""),
    monitorPeriod: timed("node-monitor-period", timings.nodeMonitorPeriodMs, "cmd/kube-controller-manager, nodelifecyclecontroller.go"),
    heartbeat: timed("heartbeat of the kubelet (a quarter of nodeLeaseDurationSeconds)", KUBELET_TIMINGS.leaseRenewMs, "kubelet, apis/config/v1beta1/defaults.go"),
    evictionRate: { name: "node-eviction-rate", value: `one node each ${timeText(1000 / timings.nodeEvictionRate)} in a zone, the first at once`, source: "cmd/kube-controller-manager, nodelifecyclecontroller.go" },
    podGc: timed("gcCheckPeriod", timings.podGcPeriodMs, "pkg/controller/podgc/gc_controller.go"),
    forceDetach: timed("ReconcilerMaxWaitForUnmountDuration", timings.forceDetachMs, "pkg/controller/volume/attachdetach"),
    verify: timed("attach-detach-reconcile-sync-period", VERIFY_PERIOD_MS, "pkg/controller/volume/attachdetach"),
    longhorn: timed("resync of longhorn-manager's informers", RESYNC_MS, "longhorn-manager, controller/kubernetes_pod_controller.go"),
    lease: timed("LeaseDuration", server.leaseMs, LEADER_ELECTION),
    retry: timed("RetryPeriod", server.retryMs, LEADER_ELECTION),
    renewDeadline: timed("RenewDeadline", server.renewDeadlineMs, LEADER_ELECTION),
    election: timed("two election timeouts of etcd", 2 * server.electionMs, distribution === "k3s" ? "k3s, pkg/etcd/etcd.go" : "etcd.io, Tuning"),
    serverStart: timed("start of an API server", server.startMs, ESTIMATE),
    failover: door?.kind === "address" ? timed(homelab.platform.loadBalancer.by === "metallb" ? "MetalLB notices a dead speaker (memberlist, LAN timings)" : "kube-vip's lease and its next period", door.failoverMs, "src/rehearse/prove/doors.ts") : undefined,
    unheard: door?.kind === "address" && door.unheardMs !== undefined ? timed("a neighbour is believed (base_reachable_time, delay_first_probe_time, ucast_solicit)", door.unheardMs, "Linux, arp(7)") : undefined,
    arpExpiry: way?.neighbour === undefined ? undefined : timed(`what ${way.neighbour.router} knows of its neighbours is kept (ARP)`, way.neighbour.expiryMs, `site.${way.neighbour.router}.arpExpiry in the file`),
    addressTakeover: keeping === undefined ? undefined : keeping.lease === undefined ? timed("Master_Down_Interval of VRRP: three adverts, and the skew of its priority", longestMs(keeping), "RFC 5798, 6.1, with the advert_int and priorities of keepalived.conf") : timed("vip_leaseduration and vip_retryperiod of kube-vip", longestMs(keeping), KUBE_VIP),
    addressRenewal: keeping?.lease === undefined ? undefined : timed("vip_renewdeadline of kube-vip", keeping.lease.renewMs, KUBE_VIP),
    promotion: timed("promotion of a replica by CloudNativePG", PROMOTION_MS, ESTIMATE),
    operatorLook: timed("how often an operator is looked for", OPERATOR_RETRY_MS, ESTIMATE),
    mount: timed("mounting what needs no waiting", KUBELET_TIMINGS.mountMs, ESTIMATE),
    mountRetry: { name: "retries of a mount (exponentialbackoff)", value: `${KUBELET_TIMINGS.mountBackoffMsMin} ms doubling to ${timeText(KUBELET_TIMINGS.mountBackoffMsMax)}`, source: "kubelet, pkg/util/goroutinemap/exponentialbackoff", ms: KUBELET_TIMINGS.mountBackoffMsMax },
    sandbox: timed("a sandbox with its network", KUBELET_TIMINGS.sandboxMs, ESTIMATE),
    sandboxRetry: timed("the kubelet's wait after a failed sync (backOffPeriod)", KUBELET_TIMINGS.syncBackoffMs, "kubelet, pkg/kubelet/kubelet.go"),
    evictionLook: timed("evictionMonitoringPeriod", KUBELET_TIMINGS.evictionPeriodMs, "kubelet, pkg/kubelet/eviction"),
    backOff: { name: "back-off of containers (backOffPeriod, MaxContainerBackOff)", value: `${timeText(KUBELET_TIMINGS.restartBackoffMsMin)} doubling to ${timeText(KUBELET_TIMINGS.restartBackoffMsMax)}`, source: "kubelet, pkg/kubelet/kubelet.go", ms: KUBELET_TIMINGS.restartBackoffMsMax },
    create: timed("containerd creates and starts a container", KUBELET_TIMINGS.createContainerMs + KUBELET_TIMINGS.startContainerMs, ESTIMATE),
    network: timed("the pod network after the kubelet's start", KUBELET_TIMINGS.networkReadyMs, ESTIMATE),
    relist: timed("genericPlegRelistPeriod", KUBELET_TIMINGS.relistMs, "pkg/kubelet/kubelet.go"),
    cleanup: timed("taking down sandbox and mounts", KUBELET_TIMINGS.cleanupMs, ESTIMATE),
    boot: (machine: string, ms: number) => timed(`boot of ${machine} until its kubelet's first heartbeat`, ms, ESTIMATE),
    pull: (bytesPerSecond: number): Constant => ({ name: "download and unpacking", value: `${Math.round(bytesPerSecond / 1024 / 1024)} MiB/s`, source: ESTIMATE }),
    programStart: (image: string) => timed("the program's start", imageFacts(image).startMs, ESTIMATE),
    toleration: (taint: string, seconds: number) => ({ name: `tolerationSeconds of ${taint}:NoExecute`, value: `${seconds} s`, source: "the pod's tolerations; the admission DefaultTolerationSeconds, where it says nothing", ms: seconds * 1000 }),
    stopGrace: (seconds: number) => timed("terminationGracePeriodSeconds", seconds * 1000, "the pod's specification"),
    probe: (probe: { initialDelaySeconds?: number; periodSeconds?: number }): Constant => ({ name: "readinessProbe", value: `${probe.initialDelaySeconds ? `after ${probe.initialDelaySeconds} s, ` : ""}each ${probe.periodSeconds ?? 10} s`, source: "the pod's specification" }),
  };
}
