/** Which Kubernetes is on this machine already, and whose: files that we write begin with our mark. */
import { createHash, X509Certificate } from "node:crypto";
import { shellWords } from "../lib/shell-quote.ts";
import type { Fact } from "./fact.ts";
import type { KubernetesFact } from "./machine-facts.ts";
import { lines, type Readings } from "./readings.ts";

/** The first line of what we write begins so. */
export const OUR_MARK = "# kubernest";
/** There from before `kubeadm init` or `join` until after it. */
export const UNFINISHED_MARK = "/etc/kubernetes/kubernest-unfinished";

const K3S_SERVER_UNIT = "/etc/systemd/system/k3s.service";
const K3S_AGENT_UNIT = "/etc/systemd/system/k3s-agent.service";
const K3S_CONFIG = "/etc/rancher/k3s/config.yaml";
const KUBELET_UNIT = "/etc/systemd/system/kubelet.service";
const MARKED = [K3S_SERVER_UNIT, K3S_AGENT_UNIT, K3S_CONFIG, KUBELET_UNIT];

const K3S_PROGRAM = "/usr/local/bin/k3s";
const K3S_SERVER_DATA = "/var/lib/rancher/k3s/server";
const K3S_DATA = "/var/lib/rancher/k3s/agent";

const CA = "/etc/kubernetes/pki/ca.crt";
const API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const KUBELET_CREDENTIALS = "/etc/kubernetes/kubelet.conf";
const ETCD_DATA = "/var/lib/etcd/member";
/** Any of these and kubeadm has been here; the directories alone come with packages. */
const KUBEADM = [CA, API_SERVER, KUBELET_CREDENTIALS, ETCD_DATA, UNFINISHED_MARK, "/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/admin.conf", "/var/lib/kubelet/config.yaml"];

/** What others leave, that nothing else does. */
const OTHERS: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ["k0s", ["/usr/local/bin/k0s", "/var/lib/k0s"]],
  ["microk8s", ["/snap/microk8s", "/var/snap/microk8s"]],
  ["minikube", ["/var/lib/minikube"]],
  ["rke2", ["/var/lib/rancher/rke2", "/etc/rancher/rke2"]],
  ["talos", ["/etc/talos"]],
];

export const kubernetesFact: Fact<KubernetesFact> = {
  id: "kubernetes",
  reads: () => ({ texts: [CA], paths: [...MARKED, K3S_PROGRAM, K3S_SERVER_DATA, K3S_DATA, ...KUBEADM, ...OTHERS.flatMap(([, paths]) => paths)] }),
  // Whole, these files may hold tokens: only whether they are ours leaves the machine.
  script: () => `for f in ${shellWords(MARKED)}; do
[ ! -f "$f" ] || { read -r l <"$f"; case $l in '${OUR_MARK}'*) echo "$f" ;; esac; }
done`,
  parse(readings) {
    return { k3s: k3sOf(readings), kubeadm: kubeadmOf(readings), others: OTHERS.filter(([, paths]) => paths.some((path) => readings.paths[path] !== undefined)).map(([name]) => name) };
  },
};

function k3sOf({ paths, output }: Readings): KubernetesFact["k3s"] {
  const is = (path: string): boolean => paths[path] !== undefined;
  if (![K3S_SERVER_UNIT, K3S_AGENT_UNIT, K3S_CONFIG, K3S_PROGRAM, K3S_SERVER_DATA, K3S_DATA].some(is)) return undefined;
  const ours = lines(output);
  // An agent's data is a server's too; a server's is not an agent's.
  const role = is(K3S_AGENT_UNIT) && !is(K3S_SERVER_UNIT) && !is(K3S_SERVER_DATA) ? "agent" : "server";
  return { role, isOurs: [K3S_SERVER_UNIT, K3S_AGENT_UNIT, K3S_CONFIG].some((path) => ours.includes(path)), hasData: is(K3S_SERVER_DATA) || is(K3S_DATA) };
}

function kubeadmOf({ paths, texts, output }: Readings): KubernetesFact["kubeadm"] {
  const is = (path: string): boolean => paths[path] !== undefined;
  if (!KUBEADM.some(is)) return undefined;
  return {
    isOurs: lines(output).includes(KUBELET_UNIT),
    isControlPlane: is(API_SERVER),
    hasJoined: is(KUBELET_CREDENTIALS),
    hasEtcdData: is(ETCD_DATA),
    isHalfDone: is(UNFINISHED_MARK),
    caHash: caHash(texts[CA]),
  };
}

/** As kubeadm's pubkeypin: SHA-256 of the first certificate's public key with its algorithm, in DER. */
function caHash(certificate: string | undefined): string | undefined {
  if (certificate === undefined) return undefined;
  try {
    const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
    return createHash("sha256").update(key).digest("hex");
  } catch {
    // A file of another person that is no certificate is their matter, not a fault of this reading.
    return undefined;
  }
}
