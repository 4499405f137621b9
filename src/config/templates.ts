/** What `init` can write: five whole systems, and the small file that a few answers make. */
import { HARDWARE } from "./hardware.ts";

export interface Template {
  readonly name: string;
  readonly summary: string;
  /** Below `examples/`, its `homelab.yaml` first. */
  readonly files: readonly string[];
}

export const TEMPLATES: readonly Template[] = [
  { name: "gazette", summary: "three Raspberry Pis on a PoE switch, k3s, one web app", files: ["gazette/homelab.yaml"] },
  { name: "nixos-flux", summary: "three NixOS servers, IPv4 and IPv6, k3s, Flux, databases, backups on a NAS", files: ["nixos-flux/homelab.yaml"] },
  { name: "kubeadm-ha", summary: "kubeadm with three control planes, HAProxy, Calico, an app that grows by load", files: ["kubeadm-ha/homelab.yaml", "kubeadm-ha/nginx.conf"] },
  { name: "proxmox", summary: "one Proxmox computer with three virtual machines, k3s, Argo CD, Forgejo, monitoring", files: ["proxmox/homelab.yaml"] },
  { name: "pi-kubespray", summary: "twelve Raspberry Pis in three racks, kubeadm, HAProxy, NFS", files: ["pi-kubespray/homelab.yaml"] },
];

/** The text of a template for another folder: the line that leads the editor to the schema beside the examples goes. */
export function templateText(text: string): string {
  return text.replace(/^# yaml-language-server: [^\n]*\n(?:#\n)?/, "");
}

export interface Answers {
  readonly name: string;
  /** Undefined: the app answers at its address only. */
  readonly domain: string | undefined;
  readonly machineCount: number;
  readonly hardware: string | undefined;
  /** Of the first machine; the others follow. Undefined: planned, without addresses. */
  readonly firstAddress: string | undefined;
  readonly distribution: "k3s" | "kubeadm";
  /** For Let's Encrypt; undefined: no certificates. */
  readonly email: string | undefined;
}

/** Fewer machines than this cannot lose one and go on: etcd needs a majority. */
const MACHINES_FOR_THREE_CONTROL_PLANES = 3;
/** The most that `init` asks for; more are written by hand, or in `homelab.ts`. */
export const MACHINES_MAX = 50;

/** What `init --yes` takes. `folder`: the working directory's name, from which the homelab's is made. */
export function usualAnswers(folder: string): Answers {
  const name = folder.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63).replace(/-+$/, "");
  return { name: name === "" ? "home" : name, domain: undefined, machineCount: 1, hardware: undefined, firstAddress: undefined, distribution: "k3s", email: undefined };
}

/** The file as YAML. Names and addresses are put in as they are: the questions have checked them. */
export function homelabText(answers: Answers): string {
  const controlPlaneCount = answers.machineCount >= MACHINES_FOR_THREE_CONTROL_PLANES ? 3 : 1;
  const title = answers.hardware === undefined ? undefined : HARDWARE[answers.hardware]?.title;
  const lines = [
    "# What you have and what you want. Every field: kubernest schema; what is not written here: kubernest explain.",
    `name: ${yamlWord(answers.name)}`,
    ...(answers.domain === undefined ? [] : [`domain: ${answers.domain}`]),
    "",
    "machines:",
    ...Array.from({ length: answers.machineCount }, (_, index) => {
      const address = answers.firstAddress === undefined ? undefined : addressAfter(answers.firstAddress, index);
      const fields = [...(address === undefined ? [] : [`address: ${address}`]), ...(index < controlPlaneCount ? ["roles: [control-plane, worker]"] : [])];
      return `  node${index + 1}: { ${fields.length === 0 ? "roles: worker" : fields.join(", ")} }`;
    }),
    ...(answers.hardware === undefined ? [] : ["", "machineDefaults:", `  hardware: ${answers.hardware}${title === undefined ? "" : ` # ${title}`}`]),
    "",
    "kubernetes:",
    `  distribution: ${answers.distribution}`,
    ...(controlPlaneCount === 3 ? ["  # One address for three control planes, if your network has one to spare:", "  # endpoint: { address: 192.168.1.10, by: kube-vip }"] : []),
    "",
    "platform:",
    "  ingress: traefik",
    ...(answers.email === undefined ? [] : [`  certificates: { issuer: letsencrypt, email: ${answers.email} }`]),
    "",
    "apps:",
    "  hello:",
    "    image: docker.io/traefik/whoami:v1.11.0",
    "    port: 80",
    ...(answers.domain === undefined ? ["    exposure: node-port"] : [`    host: hello # ${answers.email === undefined ? "http" : "https"}://hello.${answers.domain}`]),
    "",
  ];
  return lines.join("\n");
}

/** A name that YAML would read as something else (`on` is text in 1.2, `null` and `1` are not) is quoted. */
function yamlWord(word: string): string {
  return /^(?:\d.*|null|true|false|[-.].*)$/.test(word) ? JSON.stringify(word) : word;
}

/** The address `count` after an IPv4 address, within its last number; undefined past 254, or for another form. */
export function addressAfter(first: string, count: number): string | undefined {
  const match = /^(\d+\.\d+\.\d+)\.(\d+)$/.exec(first);
  if (match === null) return count === 0 ? first : undefined;
  const last = Number(match[2]) + count;
  return last <= 254 ? `${match[1]}.${last}` : undefined;
}
