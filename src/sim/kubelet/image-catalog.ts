/**
 * What is known of well-known images: size in a registry, packed (bytes, rounded; linux/arm64 and amd64 differ by less than a tenth), ports they listen
 * on, whether their own command is a shell that ends at once. Everything else gets the defaults.
 */
import { fullImageName } from "./image-name.ts";

export interface ImageFacts {
  /** Packed, as it comes over the network. */
  sizeBytes: number;
  ports: readonly number[];
  /** What runs when a pod gives no command. */
  command?: readonly string[];
  /** From start to the first answer. */
  startMs: number;
  /** Resident memory and processor use at rest. */
  memoryBytes: number;
  cpuMilli: number;
}

const MB = 1_000_000;
const DEFAULTS: ImageFacts = { sizeBytes: 80 * MB, ports: [], startMs: 600, memoryBytes: 40 * MB, cpuMilli: 2 };

/** By repository without tag; the longest match of whole path parts wins, so `grafana/grafana` also covers mirrors of it. */
const TABLE: Readonly<Record<string, Partial<ImageFacts>>> = {
  "library/nginx": { sizeBytes: 72 * MB, ports: [80], startMs: 200, memoryBytes: 8 * MB, cpuMilli: 1 },
  "nginxinc/nginx-unprivileged": { sizeBytes: 72 * MB, ports: [8080], startMs: 200, memoryBytes: 8 * MB, cpuMilli: 1 },
  "library/httpd": { sizeBytes: 60 * MB, ports: [80], startMs: 300, memoryBytes: 12 * MB },
  "library/caddy": { sizeBytes: 21 * MB, ports: [80, 443, 2019], startMs: 200, memoryBytes: 15 * MB },
  "library/traefik": { sizeBytes: 60 * MB, ports: [80, 443, 8000, 8080, 8443, 9100], startMs: 900, memoryBytes: 60 * MB, cpuMilli: 3 },
  "rancher/mirrored-library-traefik": { sizeBytes: 60 * MB, ports: [8000, 8080, 8443, 9100], startMs: 900, memoryBytes: 60 * MB, cpuMilli: 3 },
  "library/busybox": { sizeBytes: 2 * MB, command: ["sh"], startMs: 20, memoryBytes: MB, cpuMilli: 0 },
  "rancher/mirrored-library-busybox": { sizeBytes: 2 * MB, command: ["sh"], startMs: 20, memoryBytes: MB, cpuMilli: 0 },
  "library/alpine": { sizeBytes: 4 * MB, command: ["/bin/sh"], startMs: 20, memoryBytes: MB, cpuMilli: 0 },
  "library/debian": { sizeBytes: 49 * MB, command: ["bash"], startMs: 20, memoryBytes: 2 * MB, cpuMilli: 0 },
  "library/ubuntu": { sizeBytes: 30 * MB, command: ["/bin/bash"], startMs: 20, memoryBytes: 2 * MB, cpuMilli: 0 },
  "library/bash": { sizeBytes: 6 * MB, command: ["bash"], startMs: 20, memoryBytes: 2 * MB, cpuMilli: 0 },
  "library/fedora": { sizeBytes: 70 * MB, command: ["/bin/bash"], startMs: 20, memoryBytes: 2 * MB, cpuMilli: 0 },
  "library/hello-world": { sizeBytes: 13_000, command: ["echo", "Hello from Docker!"], startMs: 5, memoryBytes: 500_000, cpuMilli: 0 },
  "library/python": { sizeBytes: 350 * MB, command: ["python3"], memoryBytes: 30 * MB },
  "library/node": { sizeBytes: 380 * MB, command: ["node"], memoryBytes: 60 * MB },
  "library/perl": { sizeBytes: 330 * MB, command: ["perl"] },
  "library/postgres": { sizeBytes: 150 * MB, ports: [5432], startMs: 2_500, memoryBytes: 60 * MB, cpuMilli: 5 },
  "cloudnative-pg/postgresql": { sizeBytes: 200 * MB, ports: [5432, 8000, 9187], startMs: 3_000, memoryBytes: 90 * MB, cpuMilli: 8 },
  "cloudnative-pg/cloudnative-pg": { sizeBytes: 40 * MB, ports: [8080, 9443], startMs: 1_500, memoryBytes: 70 * MB, cpuMilli: 4 },
  "library/mariadb": { sizeBytes: 115 * MB, ports: [3306], startMs: 4_000, memoryBytes: 120 * MB, cpuMilli: 6 },
  "library/mysql": { sizeBytes: 230 * MB, ports: [3306, 33060], startMs: 8_000, memoryBytes: 350 * MB, cpuMilli: 8 },
  "library/mongo": { sizeBytes: 280 * MB, ports: [27017], startMs: 2_500, memoryBytes: 150 * MB, cpuMilli: 8 },
  "library/redis": { sizeBytes: 50 * MB, ports: [6379], startMs: 200, memoryBytes: 8 * MB, cpuMilli: 3 },
  "valkey/valkey": { sizeBytes: 45 * MB, ports: [6379], startMs: 200, memoryBytes: 8 * MB, cpuMilli: 3 },
  "library/memcached": { sizeBytes: 35 * MB, ports: [11211], startMs: 100, memoryBytes: 5 * MB },
  "library/rabbitmq": { sizeBytes: 100 * MB, ports: [5672, 15672], startMs: 8_000, memoryBytes: 130 * MB, cpuMilli: 10 },
  "library/registry": { sizeBytes: 20 * MB, ports: [5000], startMs: 300, memoryBytes: 15 * MB },
  "library/wordpress": { sizeBytes: 250 * MB, ports: [80], startMs: 1_500, memoryBytes: 90 * MB, cpuMilli: 5 },
  "library/nextcloud": { sizeBytes: 400 * MB, ports: [80], startMs: 5_000, memoryBytes: 180 * MB, cpuMilli: 10 },
  "library/ghost": { sizeBytes: 200 * MB, ports: [2368], startMs: 6_000, memoryBytes: 160 * MB, cpuMilli: 5 },
  "traefik/whoami": { sizeBytes: 3 * MB, ports: [80], startMs: 50, memoryBytes: 4 * MB, cpuMilli: 0 },
  "grafana/grafana": { sizeBytes: 200 * MB, ports: [3000], startMs: 4_000, memoryBytes: 110 * MB, cpuMilli: 8 },
  "grafana/loki": { sizeBytes: 35 * MB, ports: [3100, 9095], startMs: 2_000, memoryBytes: 90 * MB, cpuMilli: 10 },
  "prometheus/prometheus": { sizeBytes: 120 * MB, ports: [9090], startMs: 2_000, memoryBytes: 180 * MB, cpuMilli: 20 },
  "prometheus/alertmanager": { sizeBytes: 35 * MB, ports: [9093], startMs: 500, memoryBytes: 20 * MB },
  "prometheus/node-exporter": { sizeBytes: 12 * MB, ports: [9100], startMs: 100, memoryBytes: 12 * MB },
  "home-assistant/home-assistant": { sizeBytes: 620 * MB, ports: [8123], startMs: 20_000, memoryBytes: 350 * MB, cpuMilli: 40 },
  "jellyfin/jellyfin": { sizeBytes: 400 * MB, ports: [8096], startMs: 8_000, memoryBytes: 250 * MB, cpuMilli: 15 },
  "pihole/pihole": { sizeBytes: 110 * MB, ports: [53, 80], startMs: 5_000, memoryBytes: 40 * MB, cpuMilli: 3 },
  "minio/minio": { sizeBytes: 60 * MB, ports: [9000, 9001], startMs: 800, memoryBytes: 90 * MB, cpuMilli: 4 },
  "cert-manager-controller": { sizeBytes: 22 * MB, ports: [9402, 9403], startMs: 1_000, memoryBytes: 30 * MB },
  "cert-manager-webhook": { sizeBytes: 18 * MB, ports: [6080, 10250], startMs: 800, memoryBytes: 15 * MB },
  "cert-manager-cainjector": { sizeBytes: 15 * MB, startMs: 800, memoryBytes: 25 * MB },
  "coredns/coredns": { sizeBytes: 22 * MB, ports: [53, 8080, 8181, 9153], startMs: 500, memoryBytes: 15 * MB, cpuMilli: 3 },
  coredns: { sizeBytes: 22 * MB, ports: [53, 8080, 8181, 9153], startMs: 500, memoryBytes: 15 * MB, cpuMilli: 3 },
  "mirrored-coredns-coredns": { sizeBytes: 22 * MB, ports: [53, 8080, 8181, 9153], startMs: 500, memoryBytes: 15 * MB, cpuMilli: 3 },
  "metrics-server": { sizeBytes: 22 * MB, ports: [10250, 4443], startMs: 1_500, memoryBytes: 25 * MB, cpuMilli: 5 },
  "mirrored-metrics-server": { sizeBytes: 22 * MB, ports: [10250, 4443], startMs: 1_500, memoryBytes: 25 * MB, cpuMilli: 5 },
  "local-path-provisioner": { sizeBytes: 20 * MB, startMs: 500, memoryBytes: 12 * MB, cpuMilli: 1 },
  "klipper-lb": { sizeBytes: 5 * MB, startMs: 50, memoryBytes: MB, cpuMilli: 0 },
  "klipper-helm": { sizeBytes: 90 * MB, startMs: 500, memoryBytes: 40 * MB, cpuMilli: 20 },
  pause: { sizeBytes: 320_000, startMs: 5, memoryBytes: 500_000, cpuMilli: 0 },
  "mirrored-pause": { sizeBytes: 320_000, startMs: 5, memoryBytes: 500_000, cpuMilli: 0 },
  "kube-apiserver": { sizeBytes: 27 * MB, ports: [6443], startMs: 3_000, memoryBytes: 280 * MB, cpuMilli: 45 },
  "kube-controller-manager": { sizeBytes: 23 * MB, ports: [10257], startMs: 1_500, memoryBytes: 55 * MB, cpuMilli: 15 },
  "kube-scheduler": { sizeBytes: 18 * MB, ports: [10259], startMs: 1_000, memoryBytes: 25 * MB, cpuMilli: 4 },
  "kube-proxy": { sizeBytes: 26 * MB, ports: [10249, 10256], startMs: 400, memoryBytes: 20 * MB, cpuMilli: 1 },
  etcd: { sizeBytes: 24 * MB, ports: [2379, 2380, 2381], startMs: 1_500, memoryBytes: 50 * MB, cpuMilli: 20 },
  "flannel-io/flannel": { sizeBytes: 34 * MB, startMs: 500, memoryBytes: 15 * MB, cpuMilli: 2 },
  "calico/node": { sizeBytes: 155 * MB, ports: [9099], startMs: 3_000, memoryBytes: 110 * MB, cpuMilli: 20 },
  "calico/kube-controllers": { sizeBytes: 52 * MB, startMs: 1_000, memoryBytes: 25 * MB, cpuMilli: 3 },
  "cilium/cilium": { sizeBytes: 230 * MB, ports: [9879], startMs: 5_000, memoryBytes: 180 * MB, cpuMilli: 25 },
  "kube-vip/kube-vip": { sizeBytes: 18 * MB, startMs: 500, memoryBytes: 15 * MB, cpuMilli: 2 },
  "metallb/controller": { sizeBytes: 30 * MB, ports: [7472], startMs: 800, memoryBytes: 25 * MB },
  "metallb/speaker": { sizeBytes: 52 * MB, ports: [7472, 7946], startMs: 800, memoryBytes: 25 * MB, cpuMilli: 3 },
  "longhornio/longhorn-manager": { sizeBytes: 110 * MB, ports: [9500, 9501, 9502], startMs: 3_000, memoryBytes: 100 * MB, cpuMilli: 20 },
};

const known = new Map<string, ImageFacts>();

export function imageFacts(image: string): ImageFacts {
  let facts = known.get(image);
  if (facts === undefined) {
    const parts = fullImageName(image).split("@")[0]!.replace(/:[^/:]*$/, "").split("/");
    let entry: Partial<ImageFacts> | undefined;
    for (let i = 1; i < parts.length && entry === undefined; i++) entry = TABLE[parts.slice(i).join("/")];
    facts = { ...DEFAULTS, ...entry };
    known.set(image, facts);
  }
  return facts;
}

/** True when the table says what this image does when it is started. */
export function isKnownImage(image: string): boolean {
  const facts = imageFacts(image);
  return facts.ports.length > 0 || facts.command !== undefined;
}
