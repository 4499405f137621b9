/** What the images of the mirror are made of: a static binary each, and from Debian's packages what cannot be static. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { KUBE_VIP_IMAGE } from "../../src/manifests/versions.ts";
import type { ImageConfig } from "./image-archive.ts";
import { RootFilesystem } from "./root-filesystem.ts";
import {
  COREDNS,
  ETCD,
  ETCDCTL,
  ETCDUTL,
  FLANNEL_CNI,
  FLANNELD,
  KUBE_APISERVER,
  KUBE_CONTROLLER_MANAGER,
  KUBE_PROXY,
  KUBE_SCHEDULER,
  KUBE_VIP_DOUBLE,
  LOCAL_PATH,
  METRICS_SERVER,
  PAUSE,
  REAL_VERSIONS,
  TRAEFIK,
  type Part,
} from "./versions.ts";

const run = promisify(execFile);

/** Directories of unpacked packages, and where the cache holds a part. */
export interface Ingredients {
  packages: readonly string[];
  path(part: Part): string;
}

export interface ImageRecipe {
  reference: string;
  parts: readonly Part[];
  /** Of Debian, with the libraries that they depend on. */
  packages: readonly string[];
  config: ImageConfig;
  /** Starts the image's program and ends: the proof that everything that it needs is there. */
  proof: readonly string[];
  fill(root: RootFilesystem, from: Ingredients): void | Promise<void>;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What kubeadm of that version asks for (a test compares); the tag names upstream's build, the program inside is ours to choose. */
const PAUSE_TAG = "3.10.2";
const ETCD_TAG = "3.6.8-0";
/** The user id of Traefik's own image. */
const UNPRIVILEGED = 65_532;
const IPTABLES_COMMANDS = ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"];

/** Kubernetes' own: the manifests of kubeadm call the program by its bare name. */
function kubernetesImage(part: Part): ImageRecipe {
  return {
    reference: `registry.k8s.io/${part.name}:${REAL_VERSIONS.kubernetes}`,
    parts: [part],
    packages: [],
    config: { Env: [PATH] },
    proof: [part.name, "--version"],
    fill: (root, { path }) => void root.addProgram(`usr/local/bin/${part.name}`, path(part)),
  };
}

export const IMAGE_RECIPES: readonly ImageRecipe[] = [
  kubernetesImage(KUBE_APISERVER),
  kubernetesImage(KUBE_CONTROLLER_MANAGER),
  kubernetesImage(KUBE_SCHEDULER),
  {
    ...kubernetesImage(KUBE_PROXY),
    packages: ["iptables", "nftables"],
    fill: async (root, from) => {
      await addPackages(root, from);
      addIptables(root);
      root.addProgram("usr/local/bin/kube-proxy", from.path(KUBE_PROXY));
    },
  },
  {
    reference: `registry.k8s.io/pause:${PAUSE_TAG}`,
    parts: [PAUSE],
    packages: [],
    config: { Entrypoint: ["/pause"], User: "65535:65535" },
    proof: ["/pause", "-v"],
    fill: (root, { path }) => void root.addProgram("pause", path(PAUSE)),
  },
  {
    reference: `registry.k8s.io/etcd:${ETCD_TAG}`,
    parts: [ETCD, ETCDCTL, ETCDUTL],
    packages: [],
    config: { Env: [PATH], ExposedPorts: { "2379/tcp": {}, "2380/tcp": {} } },
    proof: ["etcd", "--version"],
    fill: (root, { path }) => {
      for (const part of [ETCD, ETCDCTL, ETCDUTL]) root.addProgram(`usr/local/bin/${part.name}`, path(part));
    },
  },
  {
    reference: `registry.k8s.io/coredns/coredns:${REAL_VERSIONS.coredns}`,
    parts: [COREDNS],
    packages: [],
    config: { Entrypoint: ["/coredns"], WorkingDir: "/", ExposedPorts: { "53/tcp": {}, "53/udp": {} } },
    proof: ["/coredns", "-version"],
    fill: (root, { path }) => void root.addProgram("coredns", path(COREDNS)),
  },
  {
    reference: `ghcr.io/flannel-io/flannel:${REAL_VERSIONS.flannel}`,
    parts: [FLANNELD],
    packages: ["busybox", "iptables", "nftables"],
    config: { Env: [PATH], Entrypoint: ["/opt/bin/flanneld"] },
    proof: ["/opt/bin/flanneld", "--version"],
    fill: async (root, from) => {
      await addPackages(root, from);
      addIptables(root);
      await addBusybox(root, from);
      root.addProgram("opt/bin/flanneld", from.path(FLANNELD));
    },
  },
  {
    reference: "ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1",
    parts: [FLANNEL_CNI],
    packages: ["busybox"],
    config: { Env: [PATH] },
    proof: ["sh", "-c", `echo '{"cniVersion":"0.3.1"}' | CNI_COMMAND=VERSION /flannel`],
    fill: async (root, from) => {
      await addPackages(root, from);
      await addBusybox(root, from);
      root.addProgram("flannel", from.path(FLANNEL_CNI));
    },
  },
  {
    reference: `docker.io/rancher/local-path-provisioner:${REAL_VERSIONS["local-path-provisioner"]}`,
    parts: [LOCAL_PATH],
    packages: [],
    config: { Env: [PATH], Cmd: ["local-path-provisioner"] },
    proof: ["local-path-provisioner", "--help"],
    fill: (root, { path }) => void root.addProgram("usr/bin/local-path-provisioner", path(LOCAL_PATH)),
  },
  {
    reference: `registry.k8s.io/metrics-server/metrics-server:${REAL_VERSIONS["metrics-server"]}`,
    parts: [METRICS_SERVER],
    packages: [],
    config: { Entrypoint: ["/metrics-server"], User: String(UNPRIVILEGED) },
    proof: ["/metrics-server", "--version"],
    fill: (root, { path }) => void root.addProgram("metrics-server", path(METRICS_SERVER)),
  },
  {
    reference: KUBE_VIP_IMAGE,
    parts: [KUBE_VIP_DOUBLE],
    packages: [],
    config: { Entrypoint: ["/kube-vip"] },
    proof: ["/kube-vip", "version"],
    fill: (root, { path }) => void root.addProgram("kube-vip", path(KUBE_VIP_DOUBLE)),
  },
  {
    reference: "docker.io/library/busybox:1.37.0",
    parts: [],
    packages: ["busybox"],
    config: { Env: [PATH], Cmd: ["sh"] },
    proof: ["sh", "-c", "busybox | head -n 1"],
    fill: async (root, from) => {
      await addPackages(root, from);
      await addBusybox(root, from);
    },
  },
  {
    reference: "ghcr.io/example/gazette:1.4.2",
    parts: [],
    packages: ["nginx", "nginx-common", "busybox"],
    config: { Env: [PATH], Cmd: ["nginx", "-g", "daemon off;"], ExposedPorts: { "80/tcp": {} } },
    proof: ["nginx", "-t"],
    fill: async (root, from) => {
      await addPackages(root, from);
      await addBusybox(root, from);
      addGazette(root);
    },
  },
  // Last: its build takes longer than all others together, and the rest is there meanwhile.
  {
    reference: `docker.io/library/traefik:${REAL_VERSIONS.traefik}`,
    parts: [TRAEFIK],
    packages: ["ca-certificates"],
    config: { Env: [PATH], Entrypoint: ["traefik"], ExposedPorts: { "80/tcp": {} } },
    proof: ["traefik", "version"],
    fill: async (root, from) => {
      root.addProgram("usr/local/bin/traefik", from.path(TRAEFIK));
      root.addFile("etc/ssl/certs/ca-certificates.crt", await certificatesOf(from));
    },
  },
];

/** A stock nginx that serves one page, which names the pod. */
function addGazette(root: RootFilesystem): void {
  root.addFile("etc/nginx/sites-enabled/default", "server {\n  listen 80 default_server;\n  root /var/www/html;\n  ssi on;\n}\n");
  root.addFile("var/www/html/index.html", '<!doctype html>\n<title>La Gazette</title>\n<h1>La Gazette</h1>\n<p>Served by <!--#echo var="hostname" -->.</p>\n');
  for (const directory of ["var/lib/nginx", "etc/nginx/modules-enabled", "etc/nginx/conf.d", "run"]) root.addDirectory(directory);
  root.addLink("var/log/nginx/access.log", "/dev/stdout").addLink("var/log/nginx/error.log", "/dev/stderr");
}

/** Debian's maintainer scripts would set these links. */
function addIptables(root: RootFilesystem): void {
  for (const command of IPTABLES_COMMANDS) root.addLink(`usr/sbin/${command}`, "xtables-nft-multi");
}

async function addBusybox(root: RootFilesystem, from: Ingredients): Promise<void> {
  const directory = from.packages.find((path) => /\/busybox=[^/]*$/.test(path))!;
  const file = (await readdir(directory)).includes("bin") ? join(directory, "bin/busybox") : join(directory, "usr/bin/busybox");
  const { stdout } = await run(file, ["--list-full"]);
  for (const applet of stdout.trim().split("\n")) if (!root.has(applet)) root.addLink(applet, "/bin/busybox");
}

async function certificatesOf(from: Ingredients): Promise<string> {
  const texts: string[] = [];
  for (const directory of from.packages) {
    const store = join(directory, "usr/share/ca-certificates/mozilla");
    const names = await readdir(store).catch(() => []);
    for (const name of names.sort()) texts.push(await readFile(join(store, name), "utf8"));
  }
  return texts.join("");
}

/** What only people, other inits and other languages want of a package. */
const SKIPPED = /^(usr\/share\/(doc|man|info|locale|lintian|bash-completion|bug|perl5|vim|apport|initramfs-tools)|(usr\/)?lib\/systemd|(usr\/)?lib\/[^/]*\/(gconv|audit)|etc\/(init\.d|logrotate\.d|ufw|default|cron\.\w+))$/;

async function addPackages(root: RootFilesystem, from: Ingredients): Promise<void> {
  for (const directory of from.packages) await root.addTree(directory, (path) => SKIPPED.test(path));
}

/** What every image has: somewhere to write, and names for the users it may run as. */
export function newRoot(): RootFilesystem {
  return new RootFilesystem()
    .addDirectory("tmp", 0o1777)
    .addDirectory("root", 0o700)
    .addFile("etc/passwd", `root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nnonroot:x:${UNPRIVILEGED}:${UNPRIVILEGED}:nonroot:/tmp:/usr/sbin/nologin\n`)
    .addFile("etc/group", `root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\nnonroot:x:${UNPRIVILEGED}:\n`)
    .addFile("etc/nsswitch.conf", "hosts: files dns\n");
}
