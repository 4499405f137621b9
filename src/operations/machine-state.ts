/**
 * What a machine of the cluster says of itself now: memory and load, the health ports of Kubernetes' parts, etcd's own figures, certificates. One script, which changes
 * nothing; ports are asked through curl where it is there, else through the machine's own kubectl, all at once.
 */
import { X509Certificate } from "node:crypto";
import type { Homelab, Machine } from "../config/homelab.ts";
import { shellQuote } from "../lib/shell-quote.ts";
import { k3sKubectl } from "../steps/k3s-ready.ts";
import { bracketed, hasLocalProxy, LOCAL_ENDPOINT, machineAddress } from "../manifests/cluster/cluster-machines.ts";

export interface HealthPort {
  /** As people know it: `kubelet`, `etcd`. */
  readonly part: string;
  readonly port: number;
  readonly url: string;
  /** Instead of the URL alone, for what answers nobody without a name. */
  readonly command?: string;
}

export interface CertificateState {
  readonly path: string;
  readonly expiresAtMs: number;
}

export interface MachineState {
  /** Load over a minute. */
  readonly load: number;
  readonly memoryBytes: number;
  readonly memoryFreeBytes: number;
  /** By port: `ok`, or what it answered instead. */
  readonly ports: readonly { readonly part: string; readonly port: number; readonly answer: string }[];
  /** Undefined where etcd does not run, or does not answer. */
  readonly etcd: { readonly isLeader: boolean; readonly hasLeader: boolean; readonly sizeBytes: number } | undefined;
  readonly certificates: readonly CertificateState[];
}

const PROBE_TIMEOUT_S = 3;
const API_PORT = 6443;
const CERTIFICATES = ["/etc/kubernetes/pki/*.crt", "/etc/kubernetes/pki/etcd/*.crt", "/var/lib/kubelet/pki/kubelet-client-current.pem", "/var/lib/kubelet/pki/kubelet.crt", "/var/lib/rancher/k3s/server/tls/*.crt", "/var/lib/rancher/k3s/server/tls/etcd/*.crt", "/var/lib/rancher/k3s/agent/*.crt"];
const KUBECONFIGS = ["/etc/kubernetes/admin.conf", "/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/scheduler.conf"];

/** The ports that must answer on a machine, by its roles. */
export function healthPorts(homelab: Homelab, machine: Machine): HealthPort[] {
  const { distribution, anonymousAuth, datastore, network, endpoint } = homelab.kubernetes;
  const isControlPlane = machine.roles.includes("control-plane");
  if (!isControlPlane && !machine.roles.includes("worker")) return [];
  // k3s' API answers no anonymous request unless it is told to: its administrator asks on the machine, and through the endpoint its supervisor is asked, which answers all.
  const isReserved = distribution === "k3s" && !anonymousAuth;
  const asAdministrator = isReserved ? { command: `${k3sKubectl(homelab, "server")} get --raw /readyz` } : {};
  const on = (part: string, port: number, path = "/healthz", scheme = "http", host = "127.0.0.1"): HealthPort => ({ part, port, url: `${scheme}://${host}:${port}${path}` });
  return [
    on("kubelet", 10248),
    // Its metrics and its health.
    ...(network.proxy === "none" ? [] : [on("kube-proxy", 10249), on("kube-proxy", 10256)]),
    ...(isControlPlane ? [{ ...on("API", API_PORT, "/readyz", "https", bracketed(machineAddress(machine) ?? "127.0.0.1")), ...asAdministrator }, on("controller-manager", 10257, "/healthz", "https"), on("scheduler", 10259, "/healthz", "https")] : []),
    ...(isControlPlane && datastore.kind === "etcd" ? [on("etcd", 2381, "/health")] : []),
    ...(hasLocalProxy(homelab, machine) ? [on("API endpoint", LOCAL_ENDPOINT.port, "/readyz", "https")] : endpoint.address === undefined ? [] : [on("API endpoint", endpoint.port, isReserved ? "/ping" : "/readyz", "https", bracketed(endpoint.address))]),
  ];
}

export function machineStateScript(ports: readonly HealthPort[]): string {
  const etcd = ports.find(({ part }) => part === "etcd");
  return `LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; export PATH
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
kube=kubectl; command -v kubectl >/dev/null 2>&1 || kube="k3s kubectl"
fetch() { # url
  if command -v curl >/dev/null 2>&1; then curl -gksS -f -m ${PROBE_TIMEOUT_S} "$1" 2>&1
  else
    rest=\${1#*://}
    # Without any name kubectl asks for one; nobody's name is told apart from nobody, and health is for everybody.
    $kube --kubeconfig=/dev/null --server="\${1%%://*}://\${rest%%/*}" --insecure-skip-tls-verify --username=nobody --password=nobody --request-timeout=${PROBE_TIMEOUT_S}s get --raw "/\${rest#*/}" 2>&1 </dev/null
  fi
}
probe() { # number command…
  number=$1; shift
  if said=$("$@" 2>&1 </dev/null); then echo "port $number ok"; else echo "port $number $(printf '%s' "$said" | tail -n 1)"; fi
}
read -r load _ </proc/loadavg; echo "load $load"
awk '/^MemTotal:/ { print "memory", $2 } /^MemAvailable:/ { print "free", $2 }' /proc/meminfo
${ports.map(({ url, command }, index) => `probe ${index} ${command ?? `fetch ${shellQuote(url)}`} &`).join("\n")}
${etcd !== undefined ? `fetch ${shellQuote(etcd.url.replace(/\/health$/, "/metrics"))} | awk '/^etcd_server_(has_leader|is_leader) / || /^etcd_mvcc_db_total_size_in_bytes / { print "etcd", $1, $2 }' &` : ""}
wait
for file in ${CERTIFICATES.join(" ")}; do
  [ -f "$file" ] || continue
  echo "certificate $file $(awk '/-----BEGIN CERTIFICATE-----/ { on = 1; next } /-----END CERTIFICATE-----/ { exit } on { printf "%s", $0 }' "$file")"
done
for file in ${KUBECONFIGS.join(" ")}; do
  [ -f "$file" ] || continue
  # The certificate's text, in base64, in base64.
  echo "certificate $file $(sed -n 's/^ *client-certificate-data: *//p' "$file" | base64 -d 2>/dev/null | awk '/-----BEGIN/ { on = 1; next } /-----END/ { exit } on { printf "%s", $0 }')"
done
`;
}

/** Pure: what `machineStateScript` printed, with the same ports. A line that cannot be read is left out: a certificate that is none is somebody else's file. */
export function parseMachineState(output: string, ports: readonly HealthPort[]): MachineState {
  const lines = output.split("\n");
  const one = (key: string): number => Number(lines.find((line) => line.startsWith(`${key} `))?.split(" ")[1] ?? 0);
  const answers = new Map(
    lines.flatMap((line): [number, string][] => {
      const [, index, answer] = /^port (\d+) (.*)$/.exec(line) ?? [];
      return index === undefined || answer === undefined ? [] : [[Number(index), answer]];
    }),
  );
  const etcd = new Map(lines.filter((line) => line.startsWith("etcd ")).map((line): [string, number] => [line.split(" ")[1]!, Number(line.split(" ")[2])]));
  return {
    load: one("load"),
    memoryBytes: one("memory") * 1024,
    memoryFreeBytes: one("free") * 1024,
    ports: ports.map(({ part, port }, index) => ({ part, port, answer: answers.get(index) ?? "no answer" })),
    etcd: etcd.size === 0 ? undefined : { isLeader: etcd.get("etcd_server_is_leader") === 1, hasLeader: etcd.get("etcd_server_has_leader") === 1, sizeBytes: etcd.get("etcd_mvcc_db_total_size_in_bytes") ?? 0 },
    certificates: lines.flatMap((line) => certificateOf(line) ?? []),
  };
}

function certificateOf(line: string): CertificateState | undefined {
  const [word, path, base64] = line.split(" ");
  if (word !== "certificate" || path === undefined || !base64) return undefined;
  try {
    return { path, expiresAtMs: Date.parse(new X509Certificate(Buffer.from(base64, "base64")).validTo) };
  } catch {
    return undefined;
  }
}
