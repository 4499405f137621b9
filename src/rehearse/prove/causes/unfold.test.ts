/** Chains of causes, as read from two examples: each sums to its figure, and each step is what happened. */
import { beforeAll, describe, expect, it } from "vitest";
import { certificateAuthority } from "../../../adapters/certificate-authority.ts";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../../test/rehearse/virtual-rehearsal.ts";
import type { Fault } from "../../../scenarios/fault.ts";
import { losing, type Scenario, scenarioTitle } from "../../../scenarios/scenario.ts";
import { nodeMonitorGraceSince, timingsFor } from "../../../sim/controllers/timings.ts";
import { type Figure, figuresOf } from "../figures.ts";
import { scenariosOf } from "../prove.ts";
import { runFromStart } from "../run-from-start.ts";
import { downMsOf } from "../outage-watch.ts";
import type { ScenarioOutcome } from "../run-scenario.ts";
import { WarmClusters, warmStartOf } from "../warm-start.ts";
import { OTHER } from "./unfold.ts";

async function outcomesOf(file: string, titles?: readonly string[], text?: string, scenario?: Scenario): Promise<ScenarioOutcome[]> {
  const homelab = await homelabOf(file, text);
  const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
  expect((await rehearsal.settle(() => false)).isReady).toBe(true);
  rehearsal.cluster.run(MINUTE_MS);
  const clusters = new WarmClusters(homelab, structuredClone(warmStartOf(rehearsal.cluster, "1")), certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0)), () => undefined);
  await rehearsal.close();
  if (scenario !== undefined) return [runFromStart(clusters, homelab, scenario)];
  return scenariosOf(homelab, "single").filter((scenario) => titles?.includes(scenarioTitle(scenario)) ?? true).map((scenario) => runFromStart(clusters, homelab, scenario));
}

/** One of each kind: a server with the ingress' address, a worker with the database, one with a copy of the ingress, a load balancer, two hypervisors, the router. */
const ONE_OF_EACH = ["cp1 off", "worker1 off", "worker2 cut off", "lb1 off", "middle off", "left off", "box off"];

/** A Deployment's and a StatefulSet's volume, either with Longhorn. */
const WITH_LONGHORN = `
name: home
machines: { cp1: { roles: control-plane }, w1: {}, w2: {} }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
platform: { ingress: none, loadBalancer: none, metrics: false, storage: longhorn }
apps:
  photos: { image: "docker.io/library/nginx:1.29", port: 80, exposure: node-port, volumes: { data: { size: 1Gi, path: /data } } }
  notes: { kind: stateful-set, image: "docker.io/library/nginx:1.29", port: 80, exposure: node-port, volumes: { data: { size: 1Gi, path: /data } } }
`;

/** Two load balancers, or kube-vip on the servers, and an app with one copy on a worker. */
const withEndpoint = (endpoint: string): string => `
name: home
machines: { cp1: { roles: control-plane }, cp2: { roles: control-plane }, cp3: { roles: control-plane }, lb1: { roles: load-balancer }, lb2: { roles: load-balancer }, w1: {}, w2: {} }
kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: ${endpoint} }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps: { web: { image: "docker.io/library/nginx:1.29", port: 80, exposure: node-port } }
`;

/** An address that moves, behind a router that follows at once, or asks when what it knows is a minute old. */
const behindRouter = (router: string): string => `
name: home
machines: { w1: {}, w2: {}, s1: { roles: control-plane } }
machineDefaults: { hardware: mini-pc }
lan: 192.168.1.0/24
kubernetes: { distribution: k3s, version: v1.36.1+k3s1, disable: [servicelb] }
platform: { ingress: { by: traefik, replicas: 2 }, metrics: false, loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 } }
site: { box: { kind: router, forwards: { 80: 192.168.1.240, 443: 192.168.1.240 }${router} } }
apps: { web: { image: "docker.io/library/nginx:1.29", port: 80, host: web.home.example, replicas: 2, placement: { spread: [{ over: machine, required: true }] } } }
`;

/** A pod that starts anew on a machine whose network needs an agent. */
const WITH_AGENT = `
name: home
machines: { cp1: { roles: control-plane }, w1: {} }
kubernetes: { distribution: kubeadm, version: v1.36.3, network: { cni: flannel } }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps: { web: { image: "docker.io/library/nginx:1.29", port: 80, exposure: node-port, placement: { machines: [w1] } } }
`;
const lost = (...faults: Fault[]): Scenario => losing(faults);

const outcomes: Record<string, ScenarioOutcome[]> = {};
beforeAll(async () => {
  outcomes["gazette"] = await outcomesOf("examples/gazette/homelab.yaml");
  outcomes["kubeadm-ha"] = await outcomesOf("examples/kubeadm-ha/homelab.yaml", ONE_OF_EACH);
  outcomes["slow"] = await outcomesOf("examples/gazette/homelab.yaml", undefined, undefined, lost({ id: "machine-slow", target: "pi3" }, { id: "reboot", target: "pi3" }));
  outcomes["longhorn"] = await outcomesOf("homelab.yaml", ["w1 off", "w2 off"], WITH_LONGHORN);
  outcomes["keepalived"] = await outcomesOf("homelab.yaml", undefined, withEndpoint("{ by: haproxy, address: 192.0.2.10, on: [lb1, lb2] }"), lost({ id: "power-off", target: "lb1" }, { id: "power-off", target: "lb2" }));
  outcomes["kube-vip"] = await outcomesOf("homelab.yaml", undefined, withEndpoint("{ by: kube-vip, address: 192.0.2.10, on: [cp1, cp2, cp3] }").replace("lb1: { roles: load-balancer }, lb2: { roles: load-balancer }, ", ""), lost({ id: "blackout", target: "" }));
  for (const [name, router] of [["follows", ""], ["ignores", ", arpExpiry: 1m"]] as const) outcomes[name] = await outcomesOf("homelab.yaml", ["w1 off"], behindRouter(router));
  outcomes["unheard"] = await outcomesOf("homelab.yaml", undefined, behindRouter(""), lost({ id: "gossip-blocked", target: "" }, { id: "power-off", target: "w2" }));
  outcomes["no agent"] = await outcomesOf("homelab.yaml", undefined, WITH_AGENT, lost({ id: "cni-agent-lost", target: "w1" }, { id: "reboot", target: "w1" }));
}, 180_000);

const appOf = (example: string, title: string) => outcomes[example]!.find(({ scenario }) => scenarioTitle(scenario) === title)!.apps[0]!;
const told = (figure: Figure | undefined): string[] => figure!.parts.map(({ text, ms, rests }) => `${ms}: ${text}${rests.length === 0 ? "" : ` [${rests.map(({ name, value }) => `${name} ${value}`).join("; ")}]`}`);

/** When a standby looks at the lease is drawn; the rounding of the operator's time stamp follows from it. */
const withoutChance = (figure: Figure | undefined): string[] => told(figure).map((line) => line.replace(/^\d+: (?=\S+ (takes over|becomes the primary))/, ""));

describe("what an outage was made of", () => {
  it("sums to the millisecond, for every outage that ended and every recovery; nothing is left to other reasons", () => {
    let figureCount = 0;
    for (const { scenario, apps } of Object.values(outcomes).flat()) {
      for (const app of apps) {
        const spans = [...app.outages, ...app.recoveryOutages].map((outage) => ({ parts: outage.parts, ms: outage.toMs === undefined ? (downMsOf(outage) ?? 0) : outage.toMs - outage.fromMs }));
        const recovery = { parts: app.recoveryParts, ms: app.recoveryMs ?? 0 };
        for (const { parts, ms } of [...spans, recovery, ...figuresOf(app)]) {
          expect([scenario.name, parts.map((part) => part.ms).reduce((sum, each) => sum + each, 0)]).toEqual([scenario.name, ms]);
          expect([scenario.name, parts.filter(({ text }) => text === OTHER)]).toEqual([scenario.name, []]);
          figureCount++;
        }
      }
    }
    expect(figureCount).toBeGreaterThan(30);
  });

  it("of a worker that is lost: silence, taint, toleration, then the new pod's start", () => {
    expect(told(figuresOf(appOf("gazette", "pi3 off"))[0])).toMatchInlineSnapshot(`
      [
        "45000: pi3 is declared lost, its last heartbeat 7.1 s before [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "100: pi3 gets the taint unreachable:NoExecute [node-eviction-rate one node each 10 s in a zone, the first at once]",
        "300000: gazette/gazette may stay on pi3 [tolerationSeconds of unreachable:NoExecute 300 s]",
        "400: pi2 prepares gazette/gazette: sandbox and mounts [mounting what needs no waiting 100 ms; a sandbox with its network 300 ms]",
        "9937: pi2 pulls ghcr.io/example/gazette:1.4.2 (80 MB) [download and unpacking 8 MiB/s]",
        "150: a container of gazette/gazette is started on pi2 [containerd creates and starts a container 150 ms]",
        "10333: gazette/gazette becomes ready [the program's start 600 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
        "10: requests to gazette/gazette go to gazette/gazette on pi2",
      ]
    `);
    const [silence, , stay] = figuresOf(appOf("gazette", "pi3 off"))[0]!.parts;
    // The figures are those of the simulator's table for this version.
    const minor = Number(/1\.(\d+)/.exec(silence!.rests[0]!.value)![1]);
    expect(minor).toBe(nodeMonitorGraceSince(36));
    expect(silence!.rests[0]!.ms).toBe(timingsFor(36).nodeMonitorGraceMs);
    expect(Number(/heartbeat ([\d.]+) s before/.exec(silence!.text)![1]) * 1000 + silence!.ms).toBeGreaterThanOrEqual(timingsFor(36).nodeMonitorGraceMs);
    expect(stay!.ms).toBe(stay!.rests[0]!.ms);
  });

  it("of the first machine: until it is back nobody mends it, then its boot", () => {
    const app = appOf("gazette", "pi1 off");
    expect(app.outages[0]!.parts).toEqual([]);
    expect(told(figuresOf(app)[0])).toMatchInlineSnapshot(`
      [
        "25000: pi1 boots [boot of pi1 until its kubelet's first heartbeat 25 s]",
      ]
    `);
  });

  it("of everything in the home: boot, API server, container", () => {
    expect(told(figuresOf(appOf("gazette", "switch off"))[0])).toMatchInlineSnapshot(`
      [
        "25000: pi1 boots [boot of pi1 until its kubelet's first heartbeat 25 s]",
        "12000: an API server starts [start of an API server 12 s]",
        "400: pi3 prepares gazette/gazette: its image is there [the pod network after the kubelet's start 2 s; mounting what needs no waiting 100 ms; a sandbox with its network 300 ms]",
        "150: a container of gazette/gazette is started on pi3 [containerd creates and starts a container 150 ms]",
        "10470: gazette/gazette becomes ready [the program's start 600 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
        "10: requests to gazette/gazette go to gazette/gazette on pi3",
      ]
    `);
  });

  it("of a slow machine that restarts: four times its boot", () => {
    expect(told(figuresOf(outcomes["slow"]![0]!.apps[0]!)[0])).toContain("100000: pi3 boots [boot of pi3 until its kubelet's first heartbeat 1 min 40 s]");
  });

  it("of an address that moves", () => {
    expect(told(figuresOf(appOf("kubeadm-ha", "cp1 off"))[0])).toMatchInlineSnapshot(`
      [
        "7000: cp2 answers for the ingress' address instead [MetalLB notices a dead speaker (memberlist, LAN timings) 7 s]",
      ]
    `);
  });

  it("of a router that sends on to the machine which the address has left; one that says nothing of itself follows at once", () => {
    const down = (example: string): string[] => {
      const [outage] = appOf(example, "w1 off").outages;
      return outage!.parts.map(({ ms, text, rests }) => `${ms}: ${text}${rests.map(({ name, value }) => ` [${name} ${value}]`).join("")}`);
    };
    expect([down("follows").filter((line) => line.includes("router")), down("ignores").slice(0, 2)]).toEqual([
      [],
      ["7000: w2 answers for the ingress' address instead [MetalLB notices a dead speaker (memberlist, LAN timings) 7 s]", "53000: the router sends on to w1, and then asks who has the ingress' address [what box knows of its neighbours is kept (ARP) 1 min]"],
    ]);
  });

  it("of an address that several answer for: nobody says that it is elsewhere now", () => {
    const [outage] = outcomes["unheard"]![0]!.apps[0]!.outages;
    expect([outage!.why[0]!.text, outage!.parts.slice(0, 1).map(({ ms, text, rests }) => [ms, text, rests.map(({ source }) => source)])]).toEqual([
      "people still send to w2, which answered for the ingress' address",
      [[53_000, "w1 answers for the ingress' address as before, and who used w2 asks anew", ["Linux, arp(7)"]]],
    ]);
  });

  it("of pods whose network waits for its agent: the back-off of the agent's pod, the kubelet's next try", () => {
    const [outcome] = outcomes["no agent"]!;
    const texts = outcome!.apps[0]!.recoveryParts.map(({ text, rests }) => `${text} [${rests.map(({ name }) => name).join("; ")}]`);
    expect(texts).toEqual([
      "the agent of the pods' network on w1 is started again [back-off of containers (backOffPeriod, MaxContainerBackOff)]",
      "w1 tries the network of web/web again: its image is there [the kubelet's wait after a failed sync (backOffPeriod); a sandbox with its network]",
      "a container of web/web is started on w1 [containerd creates and starts a container]",
      "web/web becomes ready [the program's start; readinessProbe; genericPlegRelistPeriod]",
      "requests to web/web go to web/web on w1 []",
    ]);
  });

  it("of a database whose primary is lost, alone and with the leader of the control loops", () => {
    expect(withoutChance(figuresOf(appOf("kubeadm-ha", "worker1 off"))[0])).toMatchInlineSnapshot(`
      [
        "50000: worker1 is declared lost, its last heartbeat 4.1 s before [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "shop/main-db-2 becomes the primary [promotion of a replica by CloudNativePG 5 s]",
        "10: requests to shop/main-db-rw go to shop/main-db-2 on worker2",
      ]
    `);
    expect(withoutChance(figuresOf(appOf("kubeadm-ha", "left off"))[0])).toMatchInlineSnapshot(`
      [
        "2000: etcd elects a leader [two election timeouts of etcd 2 s]",
        "cp2 takes over the control loops [LeaseDuration 15 s; RetryPeriod 2 s]",
        "50000: worker1 is declared lost by cp2, which counts from its own start [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "shop/main-db-2 becomes the primary [promotion of a replica by CloudNativePG 5 s]",
        "10: requests to shop/main-db-rw go to shop/main-db-2 on worker2",
      ]
    `);
  });

  it("of a part of the requests, with copies elsewhere", () => {
    const [figure] = figuresOf(appOf("kubeadm-ha", "middle off"));
    // All of them for the seconds in which the database waits for its volume's copy on worker2.
    expect(figure!.what).toBe("requests fail, all or some of them");
    expect(withoutChance(figure)).toMatchInlineSnapshot(`
      [
        "2000: etcd elects a leader [two election timeouts of etcd 2 s]",
        "cp1 takes over the control loops [LeaseDuration 15 s; RetryPeriod 2 s]",
        "50000: worker2 is declared lost by cp1, which counts from its own start [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "10: traefik/traefik drops its pod on worker2",
      ]
    `);
  });

  it("of the API's own address that moves, by VRRP and by a lease", () => {
    const { recoveryMs, recoveryParts } = outcomes["keepalived"]![0]!.apps[0]!;
    // Pods were called lost while no machine heard of the API: once one of the load balancers is back.
    expect(told({ what: "", ms: recoveryMs!, parts: recoveryParts })).toMatchInlineSnapshot(`
      [
        "3415: lb1 answers for the API's address instead [Master_Down_Interval of VRRP: three adverts, and the skew of its priority 3.5 s]",
        "400: w1 prepares web/web: sandbox and mounts [mounting what needs no waiting 100 ms; a sandbox with its network 300 ms]",
        "3147: w1 pulls docker.io/library/nginx:1.29 (72 MB) [download and unpacking 25 MiB/s]",
        "150: a container of web/web is started on w1 [containerd creates and starts a container 150 ms]",
        "858: web/web becomes ready [the program's start 200 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
        "10: requests to web/web go to web/web on w1",
      ]
    `);
    expect(told(figuresOf(outcomes["kube-vip"]![0]!.apps[0]!)[0])).toMatchInlineSnapshot(`
      [
        "15000: cp3 boots [boot of cp3 until its kubelet's first heartbeat 15 s]",
        "8000: an API server starts [start of an API server 8 s]",
        "2000: etcd elects a leader [two election timeouts of etcd 2 s]",
        "1000: cp1 answers for the API's address instead [vip_leaseduration and vip_retryperiod of kube-vip 6 s]",
        "400: w2 prepares web/web: its image is there [the pod network after the kubelet's start 2 s; mounting what needs no waiting 100 ms; a sandbox with its network 300 ms]",
        "150: a container of web/web is started on w2 [containerd creates and starts a container 150 ms]",
        "470: web/web becomes ready [the program's start 200 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
      ]
    `);
  });

  it("of a volume that Longhorn takes from a machine that is down: no six minutes", () => {
    const ofMs = (name: string, fits: (ms: number) => boolean) => outcomes["longhorn"]!.flatMap(({ apps }) => apps).find((app) => app.app === name && app.outages.some(({ fromMs, toMs }) => fits((toMs ?? Number.POSITIVE_INFINITY) - fromMs)))!;
    const of = (name: string) => ofMs(name, (ms) => ms > 60_000);
    // The other machine has a copy of its volume only.
    expect(told(figuresOf(ofMs("photos", (ms) => ms < 60_000))[0])).toEqual(["8000: volume data waits for its copy on w1 [engine-replica-timeout 8 s]"]);
    expect(told(figuresOf(of("photos"))[0])).toMatchInlineSnapshot(`
      [
        "45000: w2 is declared lost, its last heartbeat 8.1 s before [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "100: w2 gets the taint unreachable:NoExecute [node-eviction-rate one node each 10 s in a zone, the first at once]",
        "300000: photos/photos may stay on w2 [tolerationSeconds of unreachable:NoExecute 300 s]",
        "51800: Longhorn deletes photos/photos on w2 by force [terminationGracePeriodSeconds 30 s; resync of longhorn-manager's informers 30 s]",
        "4100: its volume is attached to w1 [attach-detach-reconcile-sync-period 1 min]",
        "8700: w1 prepares photos/photos: its image is there [retries of a mount (exponentialbackoff) 500 ms doubling to 2 min 2 s; a sandbox with its network 300 ms]",
        "150: a container of photos/photos is started on w1 [containerd creates and starts a container 150 ms]",
        "10070: photos/photos becomes ready [the program's start 200 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
        "10: requests to photos/photos go to photos/photos on w1",
      ]
    `);
    expect(told(figuresOf(of("notes"))[0])).toMatchInlineSnapshot(`
      [
        "45000: w1 is declared lost, its last heartbeat 8.1 s before [node-monitor-grace-period 50 s (since Kubernetes 1.32); node-monitor-period 5 s]",
        "100: w1 gets the taint unreachable:NoExecute [node-eviction-rate one node each 10 s in a zone, the first at once]",
        "300000: notes/notes-0 may stay on w1 [tolerationSeconds of unreachable:NoExecute 300 s]",
        "51800: Longhorn deletes notes/notes-0 on w1 by force [terminationGracePeriodSeconds 30 s; resync of longhorn-manager's informers 30 s]",
        "4100: its volume is attached to w2 [attach-detach-reconcile-sync-period 1 min]",
        "4200: w2 prepares notes/notes-0: its image is there [retries of a mount (exponentialbackoff) 500 ms doubling to 2 min 2 s; a sandbox with its network 300 ms]",
        "150: a container of notes/notes-0 is started on w2 [containerd creates and starts a container 150 ms]",
        "570: notes/notes-0 becomes ready [the program's start 200 ms; readinessProbe each 10 s; genericPlegRelistPeriod 1 s]",
        "10: requests to notes/notes go to notes/notes-0 on w2",
      ]
    `);
  });
});
