/** Homelab files that between them use every way an app can be routed, stored, backed up and installed. */
const K3S = `name: maison
domain: maison.example
timeZone: Europe/Paris
machines:
  pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
  pi2: { address: 192.168.1.12 }
  pi3: { address: 192.168.1.13 }
machineDefaults: { ssh: { user: pi }, hardware: raspberry-pi-5 }
`;

const KUBEADM = `name: cours
domain: cours.example
timeZone: Europe/Paris
machines:
  cp1: { address: 192.168.10.21, roles: [control-plane, worker], disks: [{ kind: virtual, size: 40G }, { kind: virtual, size: 100G, device: /dev/vdb, use: storage }] }
  cp2: { address: 192.168.10.22, roles: [control-plane, worker], disks: [{ kind: virtual, size: 40G }, { kind: virtual, size: 100G, device: /dev/vdb, use: storage }] }
  cp3: { address: 192.168.10.23, roles: [control-plane, worker], disks: [{ kind: virtual, size: 40G }, { kind: virtual, size: 100G, device: /dev/vdb, use: storage }], reserved: { system: { cpu: 250m, memory: 256Mi } } }
machineDefaults: { ssh: { user: debian }, hardware: vm, memory: 16Gi, cpu: 8 }
`;

const BACKUPS = "  backups: { s3: { endpoint: \"http://192.168.1.5:9000\", bucket: homelab, accessKey: { secret: s3-access }, secretKey: { secret: s3-secret } }, encryptionKey: { secret: restic-key } }\n";

const WORKS = `  works:
    namespace: shared
    services:
      web: { image: "registry.maison.example:5000/works/web:3.1", port: 8080, host: works, security: restricted, replicas: 2 }
      api: { image: ghcr.io/example/works-api:2.0, port: 3000, routes: [{ host: works, path: /api, stripPath: true }] }
      queue: { image: docker.io/library/redis:8.2, port: 6379, mounts: { spool: /data } }
    volumes:
      spool: { size: 1Gi, perReplica: true, backup: { every: day, keep: 7 } }
      media: { size: 2Gi, backup: { every: week, keep: 4 } }
    databases:
      main: { engine: mariadb, size: 2Gi, backup: { every: week, keep: 4 } }
    cronJobs:
      tidy: { image: ghcr.io/example/works-api:2.0, args: [tidy], schedule: 0 3 * * *, env: { DATABASE_URL: { database: main, key: uri } } }
`;

export const ALL_FLAVOURS: Record<string, string> = {
  "traefik-bundled": `${K3S}kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform:
  ingress: traefik
  certificates: { issuer: letsencrypt, email: me@maison.example, staging: true, dns01: { provider: cloudflare, credentials: { secret: dns-token } } }
apps:
  gazette: { image: ghcr.io/example/gazette:1.4.2, port: 80, host: gazette }
`,
  "ingress-standard": `${K3S}kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform:
  ingress: { by: traefik, routing: ingress }
  certificates: { issuer: letsencrypt, by: cert-manager, email: me@maison.example }
${BACKUPS}registries:
  registry.maison.example:5000: { username: example, password: { secret: registry-token }, insecure: true }
  docker.io: { mirrors: ["https://mirror.maison.example"] }
apps:
${WORKS}`,
  "gateway-api": `${KUBEADM}kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: { address: 192.168.10.10, by: kube-vip }, network: { cni: cilium, proxy: none }, secretsEncryption: true }
platform:
  ingress: { by: traefik, routing: gateway-api, replicas: 2 }
  certificates: { issuer: letsencrypt, by: cert-manager, email: me@cours.example }
  loadBalancer: { by: kube-vip, pools: 192.168.10.200-192.168.10.219 }
  storage: ceph
  gitops: { by: argocd, repository: "https://git.cours.example/example/homelab.git", host: argocd, credentials: { secret: git-token } }
  imageUpdates: { by: renovate }
  git: { by: forgejo, host: git, size: 10Gi, runners: 1 }
apps:
  shop:
    services:
      web: { image: ghcr.io/example/shop-web:2.0.1, port: 80, host: shop }
      api: { image: ghcr.io/example/shop-api:2.3.0, port: 3000, host: shop, path: /api }
`,
  "linstor-kube-router": `${KUBEADM}kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: { by: local }, network: { cni: kube-router, dns: { nodeLocal: true, upstream: [192.168.10.1], ndots: 2 } } }
platform:
  storage: linstor
  monitoring: { prometheus: true, grafana: true, loki: true, alerts: [{ kind: discord, webhook: { secret: discord } }] }
  gitops: { by: flux, repository: "ssh://git@git.cours.example/example/homelab.git", credentials: { secret: git-key }, notifications: [{ kind: discord, webhook: { secret: discord } }] }
apps:
  agent: { image: ghcr.io/example/agent:1.0.0, kind: daemon-set }
`,
};
