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
const K3S_DATA = "/var/lib/rancher/k3s";
const K3S_SERVER_DATA = `${K3S_DATA}/server`;

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

/** What the script says of k3s' data, wherever its configuration puts it. */
const SERVER_DATA_LINE = "k3s server";
const AGENT_DATA_LINE = "k3s agent";
const JOINED_LINE = "k3s joined";
const CA_LINE = "k3s-ca ";

export const kubernetesFact: Fact<KubernetesFact> = {
  id: "kubernetes",
  reads: () => ({ texts: [CA], paths: [...MARKED, K3S_PROGRAM, K3S_SERVER_DATA, ...KUBEADM, ...OTHERS.flatMap(([, paths]) => paths)] }),
  // Whole, these files may hold tokens: only whether they are ours leaves the machine.
  script: () => `for f in ${shellWords(MARKED)}; do
[ ! -f "$f" ] || { read -r l <"$f"; case $l in '${OUR_MARK}'*) echo "$f" ;; esac; }
done
d=${K3S_DATA}
[ ! -f ${K3S_CONFIG} ] || while read -r k v || [ -n "$k" ]; do case $k in data-dir:) v=\${v#[\\"\\']}; d=\${v%[\\"\\']} ;; esac; done <${K3S_CONFIG}
[ ! -d "$d/server" ] || echo "${SERVER_DATA_LINE}"
for f in "$d"/agent/*; do case $f in */images | */'*') ;; *) echo "${AGENT_DATA_LINE}"; break ;; esac; done
if [ -d "$d/server" ]; then [ ! -e "$d/server/node-token" ] || echo "${JOINED_LINE}"; elif [ -e "$d/agent/kubelet.kubeconfig" ]; then echo "${JOINED_LINE}"; fi
[ ! -f "$d/server/tls/server-ca.crt" ] || while IFS= read -r l; do echo "${CA_LINE}$l"; done <"$d/server/tls/server-ca.crt"`,
  parse(readings) {
    return { k3s: k3sOf(readings), kubeadm: kubeadmOf(readings), others: OTHERS.filter(([, paths]) => paths.some((path) => readings.paths[path] !== undefined)).map(([name]) => name) };
  },
};

function k3sOf({ paths, output }: Readings): KubernetesFact["k3s"] {
  const is = (path: string): boolean => paths[path] !== undefined;
  const said = lines(output);
  const hasServerData = said.includes(SERVER_DATA_LINE) || is(K3S_SERVER_DATA);
  const hasData = hasServerData || said.includes(AGENT_DATA_LINE);
  if (!hasData && ![K3S_SERVER_UNIT, K3S_AGENT_UNIT, K3S_CONFIG, K3S_PROGRAM].some(is)) return undefined;
  // An agent's data is a server's too; a server's is not an agent's.
  const role = is(K3S_AGENT_UNIT) && !is(K3S_SERVER_UNIT) && !hasServerData ? "agent" : "server";
  const authority = said.flatMap((line) => (line.startsWith(CA_LINE) ? [`${line.slice(CA_LINE.length)}\n`] : [])).join("");
  return { role, isOurs: [K3S_SERVER_UNIT, K3S_AGENT_UNIT, K3S_CONFIG].some((path) => said.includes(path)), hasData, hasJoined: said.includes(JOINED_LINE), caHash: authority === "" ? undefined : k3sAuthorityHash(authority) };
}

/**
 * As k3s' clientaccess.hashCA: of one certificate the SHA-256 of its file as it is; of a chain that of its root's DER, so that a renewed intermediate leaves tokens good.
 */
export function k3sAuthorityHash(pem: string): string | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return undefined;
  if (blocks.length === 1) return createHash("sha256").update(pem).digest("hex");
  try {
    const certificates = blocks.map((block) => new X509Certificate(block));
    let root = certificates[0]!;
    // At most one step for each: certificates that issue each other in a ring have no root.
    for (const _ of certificates) root = certificates.find((other) => other !== root && root.checkIssued(other)) ?? root;
    return createHash("sha256").update(root.raw).digest("hex");
  } catch {
    // Not ours to judge: k3s itself says what is wrong with it.
    return undefined;
  }
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
