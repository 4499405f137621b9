/** What each network plugin still does on a machine where its agent does not run. */
import { expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { elementsOf } from "../tell/elements-of.ts";
import { podsOf } from "../tell/pods-of.ts";
import { UserView } from "../prove/user-view.ts";
import { beginFault, endFault } from "./apply-fault.ts";
import type { Struck } from "./fault-effect.ts";

const textOf = (network: string, distribution = "kubeadm", version = "v1.36.3"): string => `name: maison
machines:
  cp1: { roles: control-plane }
  w1: { roles: worker }
  w2: { roles: worker }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: ${distribution}, version: ${version}, network: ${network} }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  web: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port, placement: { machines: [w1] } }
`;

const FAULT = { id: "cni-agent-lost", target: "w1" } as const;
const isReady = (pod: KubeObject): boolean => (pod["status"].conditions as { type: string; status: string }[]).some(({ type, status }) => type === "Ready" && status === "True");

class Home {
  readonly #struck: Struck;
  readonly #view: UserView;
  readonly close: () => Promise<void>;

  private constructor(struck: Struck, close: () => Promise<void>) {
    this.#struck = struck;
    this.#view = new UserView(struck.homelab, struck.cluster, struck.site);
    this.close = close;
  }

  static async with(network: string): Promise<Home> {
    const homelab = await homelabOf("homelab.yaml", textOf(network));
    const rehearsal = virtualRehearsal(homelab, { isBreakable: true });
    expect(await rehearsal.settle(() => false)).toMatchObject({ isReady: true });
    rehearsal.cluster.run(MINUTE_MS);
    return new Home({ homelab, cluster: rehearsal.cluster, site: rehearsal.site }, () => rehearsal.close());
  }

  begin(): void {
    beginFault(this.#struck, FAULT);
  }

  end(): void {
    endFault(this.#struck, FAULT);
  }

  reboot(): void {
    beginFault(this.#struck, { id: "reboot", target: "w1" });
  }

  renew(): void {
    for (const pod of podsOf(this.#struck.cluster.client, "web/web")) this.#struck.cluster.client.delete("pods", "web", pod.metadata.name, { gracePeriodSeconds: 0 });
  }

  run(minutes: number): void {
    this.#struck.cluster.run(minutes * MINUTE_MS);
  }

  /** Phases of the app's pods, whether each is ready; and what users see. */
  get seen(): [pods: string[], share: number] {
    const pods = podsOf(this.#struck.cluster.client, "web/web").map((pod) => `${pod["status"].phase as string}${isReady(pod) ? ", ready" : ""}`);
    return [pods, this.#view.of(this.#struck.homelab.apps["web"]!).share];
  }

  taints(machine: string): string[] {
    return ((this.#struck.cluster.client.get("nodes", undefined, machine)!["spec"].taints ?? []) as { key: string }[]).map(({ key }) => key);
  }

  get isNodeReady(): boolean {
    return isReady(this.#struck.cluster.client.get("nodes", undefined, "w1")!);
  }

  events(reason: string): string[] {
    return [...new Set(this.#struck.cluster.client.list("events", { namespace: "web" }).filter((event) => event["reason"] === reason).map((event) => event["message"] as string))];
  }

  agent(namespace: string, app: string): string[] {
    const pods = this.#struck.cluster.client.list("pods", { namespace }).filter((pod) => pod.metadata.labels?.["k8s-app"] === app && pod["spec"].nodeName === "w1");
    return pods.flatMap((pod) => (pod["status"].containerStatuses as { state?: { waiting?: { reason: string } } }[]).flatMap(({ state }) => state?.waiting?.reason ?? "runs"));
  }
}

const SERVED: Home["seen"] = [["Running, ready"], 1];

it("Cilium's plugin waits for its agent in vain, and its operator keeps other pods away", async () => {
  const home = await Home.with("{ cni: cilium }");
  expect([home.seen, home.taints("w1")]).toEqual([SERVED, []]);
  home.begin();
  home.run(2);
  // What runs is not touched, and the machine counts as well.
  expect([home.seen, home.isNodeReady, home.taints("w1"), home.taints("w2"), home.agent("kube-system", "cilium")]).toEqual([SERVED, true, ["node.cilium.io/agent-not-ready"], [], ["CrashLoopBackOff"]]);
  home.renew();
  home.run(5);
  // It is bound to this machine, so that it waits for a place.
  expect(home.seen).toEqual([["Pending"], 0]);
  home.end();
  home.run(6);
  expect([home.seen, home.taints("w1")]).toEqual([SERVED, []]);
  home.begin();
  home.run(1);
  home.reboot();
  home.run(5);
  expect([home.seen, home.events("FailedCreatePodSandBox")]).toEqual([[["Running"], 0], [expect.stringMatching(/^Failed to create pod sandbox: .*sandbox "[0-9a-f]{64}": plugin type="cilium-cni" failed \(add\): unable to connect to Cilium agent: .* after 30\.000000 seconds timeout/) as string]]);
  await home.close();
}, 120_000);

it("Calico's plugin goes on, and nothing lets a new pod's packets through; after a boot it is alone with its machine", async () => {
  const home = await Home.with("{ cni: calico }");
  home.begin();
  home.run(10);
  expect([home.seen, home.isNodeReady, home.agent("calico-system", "calico-node")]).toEqual([SERVED, true, ["CrashLoopBackOff"]]);
  home.renew();
  home.run(3);
  expect([home.seen, home.events("FailedCreatePodSandBox"), home.events("Unhealthy")]).toEqual([[["Running"], 0], [], [expect.stringMatching(/^Readiness probe failed: dial tcp 10\.244\.\d+\.\d+:80: i\/o timeout$/) as string]]);
  home.end();
  home.run(6);
  expect(home.seen).toEqual(SERVED);
  home.begin();
  home.reboot();
  home.run(5);
  expect(home.seen).toEqual([["Running, ready"], 0]);
  home.end();
  home.run(6);
  expect(home.seen).toEqual(SERVED);
  // The day that the plugin's token is good for ends.
  home.begin();
  home.run(19 * 60);
  home.renew();
  home.run(1);
  expect([home.seen[1], home.events("FailedCreatePodSandBox").map((message) => message.endsWith("connection is unauthorized: Unauthorized"))]).toEqual([0, [true]]);
  await home.close();
}, 120_000);

it("with BGP the other machines forget the way after two minutes", async () => {
  const home = await Home.with("{ cni: calico, backend: ipip }");
  home.begin();
  home.run(1.9);
  expect(home.seen).toEqual(SERVED);
  home.run(0.2);
  expect(home.seen).toEqual([["Running, ready"], 0]);
  home.end();
  home.run(6);
  expect(home.seen).toEqual(SERVED);
  await home.close();
}, 120_000);

it("flannel's plugin needs a file that a boot takes away, and nothing else", async () => {
  const home = await Home.with("{ cni: flannel }");
  home.begin();
  home.run(5);
  home.renew();
  home.run(1);
  expect([home.seen, home.agent("kube-flannel", "flannel")]).toEqual([SERVED, ["CrashLoopBackOff"]]);
  home.reboot();
  home.run(5);
  expect([home.seen[1], home.isNodeReady, home.events("FailedCreatePodSandBox").map((message) => message.includes("open /run/flannel/subnet.env: no such file or directory"))]).toEqual([0, true, [true]]);
  home.end();
  home.run(6);
  expect(home.seen).toEqual(SERVED);
  await home.close();
}, 120_000);

it("kube-router's bridge needs nobody; its neighbours forget the way after 90 s", async () => {
  const home = await Home.with("{ cni: kube-router }");
  home.begin();
  home.renew();
  home.run(1);
  expect(home.seen).toEqual(SERVED);
  home.run(1);
  expect(home.seen).toEqual([["Running, ready"], 0]);
  await home.close();
}, 120_000);

it("k3s' flannel has no agent of its own", async () => {
  const of = async (...text: Parameters<typeof textOf>): Promise<boolean> => elementsOf(await homelabOf("homelab.yaml", textOf(...text))).hasNetworkAgent;
  expect(await Promise.all([of("{ cni: flannel }", "k3s", "v1.36.1+k3s1"), of("{ cni: none }"), of("{ cni: calico }", "k3s", "v1.36.1+k3s1")])).toEqual([false, false, true]);
});
