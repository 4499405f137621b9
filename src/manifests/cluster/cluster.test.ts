import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { Homelab } from "../../config/homelab.ts";
import { loadText } from "../../../test/render/load-example.ts";
import { HAPROXY_CHECK, haproxyText } from "./haproxy.ts";
import { k3sConfig, k3sEnvironmentText, k3sServerUrl } from "./k3s.ts";
import { virtualRouterId, keepalivedText } from "./keepalived.ts";
import { etcdPatch, joinConfiguration, kubeadmText, kubeletPatch } from "./kubeadm.ts";
import { kubeVipStaticPod } from "./kube-vip.ts";
import { containerdHostsText, k3sRegistriesText } from "./registries.ts";
import { renderCluster } from "./render-cluster.ts";

const APP = "apps:\n  a: { image: ghcr.io/example/a:1.0, port: 80 }\n";
const K3S = "name: maison\ntimeZone: Europe/Paris\nmachineDefaults: { ssh: { user: pi }, hardware: raspberry-pi-5 }\n";

const machine = (homelab: Homelab, name: string) => homelab.machines[name] ?? expect.fail(`no machine ${name}`);

describe("k3s", () => {
  const three = `${K3S}machines:
  a: { address: 192.168.1.11, roles: [control-plane, worker] }
  b: { address: 192.168.1.12, roles: [control-plane, worker] }
  c: { address: 192.168.1.13, roles: [control-plane] }
  d: { address: 192.168.1.14, labels: { disk: fast, node-role.kubernetes.io/infra: "true" }, taints: ["slow=true:NoSchedule"], reserved: { system: { cpu: 250m, memory: 128Mi } }, kubeletArgs: { max-pods: 50 } }
site: { strip: { kind: power-strip, powers: [d] } }
`;
  const rest = "kubernetes: { distribution: k3s, version: v1.36.1+k3s1, datastore: { kind: etcd, snapshots: { schedule: \"0 3 * * *\", keep: 7, toBackups: true } }, disable: [traefik, servicelb], extraArgs: { server: { etcd-snapshot-compress: true } } }\nplatform: { backups: { s3: { endpoint: \"http://192.168.1.5:9000\", bucket: etcd, accessKey: { secret: key }, secretKey: { secret: secret } } } }\n";

  it("starts the cluster on the first server and joins it from the others", async () => {
    const homelab = await loadText(three + rest + APP);
    const [a, b, d] = ["a", "b", "d"].map((name) => k3sConfig(homelab, machine(homelab, name)));
    expect(a).toMatchObject({ "cluster-init": true, "token-file": "/etc/rancher/k3s/token", disable: ["traefik", "servicelb"], "etcd-snapshot-compress": true });
    expect(a).not.toHaveProperty("server");
    expect(b).toMatchObject({ server: "https://192.168.1.11:6443" });
    expect(b).not.toHaveProperty("cluster-init");
    expect(d).toMatchObject({ server: "https://192.168.1.11:6443", "node-taint": ["slow=true:NoSchedule"], "kubelet-arg": ["serialize-image-pulls=true", "system-reserved=cpu=250m,memory=128Mi", "max-pods=50"] });
    for (const key of ["tls-san", "cluster-cidr", "disable", "etcd-snapshot-retention"]) expect(d).not.toHaveProperty(key);
  });

  it("agrees with itself on what servers must have alike", async () => {
    const homelab = await loadText(three + rest + APP);
    // docs.k3s.io/cli/server, "Critical configuration values".
    const critical = ["cluster-cidr", "service-cidr", "cluster-dns", "cluster-domain", "disable", "disable-helm-controller", "disable-kube-proxy", "disable-network-policy", "secrets-encryption", "flannel-backend"];
    const pick = (name: string) => critical.map((key) => k3sConfig(homelab, machine(homelab, name))[key]);
    expect(pick("b")).toEqual(pick("a"));
    expect(pick("c")).toEqual(pick("a"));
  });

  it("gives a node its labels, but none that only the API may give, and keeps apps off a bare control plane", async () => {
    const homelab = await loadText(three + rest + APP);
    expect(k3sConfig(homelab, machine(homelab, "d"))["node-label"]).toEqual(["site.kubernest.dev/power-strip=strip", "disk=fast"]);
    expect(k3sConfig(homelab, machine(homelab, "c"))["node-taint"]).toEqual(["node-role.kubernetes.io/control-plane:NoSchedule"]);
    expect(k3sConfig(homelab, machine(homelab, "a"))).not.toHaveProperty("node-taint");
  });

  it("keeps secrets out of the configuration", async () => {
    const homelab = await loadText(three + rest + APP);
    expect(k3sConfig(homelab, machine(homelab, "a"))).toMatchObject({ "etcd-s3": true, "etcd-s3-endpoint": "192.168.1.5:9000", "etcd-s3-insecure": true, "etcd-snapshot-retention": 7 });
    expect(JSON.stringify(k3sConfig(homelab, machine(homelab, "a")))).not.toContain("access-key");
    expect(k3sEnvironmentText(homelab)).toBe("AWS_ACCESS_KEY_ID=${SECRET:key}\nAWS_SECRET_ACCESS_KEY=${SECRET:secret}\n");
  });

  it("joins by the shared endpoint's name where there is one", async () => {
    const homelab = await loadText(`${three}${rest.replace("distribution: k3s", "distribution: k3s, endpoint: { address: 192.168.1.20, by: kube-vip, name: api.maison.example }")}${APP}`);
    expect(k3sServerUrl(homelab)).toBe("https://api.maison.example:6443");
    expect(renderCluster(homelab).map((file) => file.path).filter((path) => path.endsWith("kube-vip.yaml"))).toEqual(["cluster/a/kube-vip.yaml"]);
  });
});

describe("kubeadm", () => {
  const text = `name: cours
timeZone: Europe/Paris
machines:
  lb1: { address: 192.168.10.11 }
  lb2: { address: 192.168.10.12 }
  cp1: { address: 192.168.10.21, roles: control-plane }
  cp2: { address: 192.168.10.22, roles: [control-plane, worker], labels: { disk: fast } }
  w1: { address: 192.168.10.31, reserved: { system: { cpu: 250m, memory: 256Mi } } }
machineDefaults: { ssh: { user: debian }, hardware: vm, memory: 4Gi, cpu: 2 }
kubernetes:
  distribution: kubeadm
  version: v1.36.3
  endpoint: { address: 192.168.10.10, by: haproxy, on: [lb1, lb2] }
  datastore: { kind: etcd, quota: 2Gi, memoryLimit: 2Gi, compactionRetention: 8h }
  network: { pods: 10.244.0.0/16, services: 10.96.0.0/12, nodePrefix: { ipv4: 25 }, dns: { upstream: [192.168.10.1] } }
  secretsEncryption: true
  anonymousAuth: false
  eventTtl: 2h
  extraArgs: { apiServer: { audit-log-maxage: 7 }, kubeProxy: { metrics-bind-address: "0.0.0.0:10249" } }
registries: { docker.io: { mirrors: ["https://mirror.cours.example"] }, "registry.cours.example:5000": { insecure: true } }
`;

  it("initialises the first control plane with everything the cluster agrees on", async () => {
    const homelab = await loadText(text + APP);
    const documents = (parseAllDocuments(kubeadmText(homelab, machine(homelab, "cp1"))) as { toJS(): Record<string, unknown> }[]).map((document) => document.toJS());
    expect(documents.map((document) => document["kind"])).toEqual(["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"]);
    const [init, cluster, kubelet, proxy] = documents;
    expect(init).toMatchObject({ nodeRegistration: { name: "cp1", taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }], imagePullSerial: true }, localAPIEndpoint: { advertiseAddress: "192.168.10.21" } });
    expect(cluster).toMatchObject({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      controlPlaneEndpoint: "192.168.10.10:6443",
      networking: { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12" },
      apiServer: { extraArgs: [{ name: "anonymous-auth", value: "false" }, { name: "event-ttl", value: "120m" }, { name: "audit-log-maxage", value: "7" }, { name: "encryption-provider-config", value: "/etc/kubernetes/encryption/config.yaml" }] },
      controllerManager: { extraArgs: [{ name: "node-cidr-mask-size", value: "25" }] },
      etcd: { local: { extraArgs: [{ name: "quota-backend-bytes", value: "2147483648" }, { name: "auto-compaction-retention", value: "8h" }] } },
    });
    expect(kubelet).toMatchObject({ cgroupDriver: "systemd", clusterDNS: ["10.96.0.10"], resolvConf: "/etc/kubernetes/kubelet-resolv.conf" });
    expect(proxy).toMatchObject({ mode: "iptables", metricsBindAddress: "0.0.0.0:10249" });
  });

  it("joins control planes with a certificate key and workers without, and takes apps where a control plane is a worker too", async () => {
    const homelab = await loadText(text + APP);
    const values = { bootstrapToken: "abcdef.0123456789abcdef", caCertHash: "sha256:00", certificateKey: "11" };
    expect(joinConfiguration(homelab, machine(homelab, "cp2"), values)).toMatchObject({
      discovery: { bootstrapToken: { apiServerEndpoint: "192.168.10.10:6443", token: "abcdef.0123456789abcdef", caCertHashes: ["sha256:00"] } },
      controlPlane: { certificateKey: "11" },
      nodeRegistration: { taints: [], kubeletExtraArgs: [{ name: "node-labels", value: "disk=fast" }] },
    });
    expect(joinConfiguration(homelab, machine(homelab, "w1"), values)).not.toHaveProperty("controlPlane");
  });

  it("patches what is of one machine, and etcd's memory", async () => {
    const homelab = await loadText(text + APP);
    expect(kubeletPatch(homelab, machine(homelab, "w1"))).toMatchObject({ systemReserved: { cpu: "250m", memory: "256Mi" } });
    expect(etcdPatch(homelab)).toMatchObject({ spec: { containers: [{ name: "etcd", resources: { limits: { memory: "2Gi" } } }] } });
    const paths = renderCluster(homelab).map((file) => file.path);
    expect(paths).toEqual(expect.arrayContaining(["cluster/cp1/etcd0+strategic.yaml", "cluster/cp1/encryption.yaml", "cluster/cp1/kubelet-resolv.conf", "cluster/w1/kubeletconfiguration0+strategic.yaml", "cluster/w1/certs.d/docker.io/hosts.toml", "cluster/lb1/haproxy.cfg", "cluster/lb2/keepalived.conf"]));
    expect(paths.filter((path) => path.startsWith("cluster/lb1/"))).toEqual(["cluster/lb1/haproxy.cfg", "cluster/lb1/keepalived.conf"]);
  });

  it("drops a dead API server within six seconds", async () => {
    const { intervalSeconds, fall, timeoutSeconds } = HAPROXY_CHECK;
    // The wait for the next check, then each check's time limit with a pause between two.
    expect(intervalSeconds + fall * timeoutSeconds + (fall - 1) * intervalSeconds).toBeLessThanOrEqual(6);
    const homelab = await loadText(text + APP);
    expect(haproxyText(homelab)).toContain("server cp1 192.168.10.21:6443 check\n    server cp2 192.168.10.22:6443 check\n");
    // Without anonymous requests /readyz would answer 401 for ever.
    expect(haproxyText(homelab)).not.toContain("httpchk");
    expect(haproxyText(await loadText(text.replace("anonymousAuth: false", "anonymousAuth: true") + APP))).toContain("option httpchk GET /readyz\n    http-check expect status 200\n");
  });

  it("orders the load balancers, and tells each of the others", async () => {
    const homelab = await loadText(text + APP);
    const first = keepalivedText(homelab, machine(homelab, "lb1"));
    const second = keepalivedText(homelab, machine(homelab, "lb2"));
    expect(first).toContain("priority 150\n");
    expect(second).toContain("priority 140\n");
    expect(first).toContain("unicast_src_ip 192.168.10.11\n    unicast_peer {\n        192.168.10.12\n    }\n");
    expect(virtualRouterId("192.168.10.10")).toBe(10);
    expect(virtualRouterId("192.168.10.255")).toBe(51);
  });

  it("gives kube-vip the administrator that may make its lease, only while the first control plane starts", async () => {
    const homelab = await loadText(text.replace("by: haproxy, on: [lb1, lb2]", "by: kube-vip") + APP);
    const path = (name: string, isFirst?: boolean) => (parse(kubeVipStaticPod(homelab, machine(homelab, name), isFirst)) as { spec: { volumes: { hostPath: { path: string } }[] } }).spec.volumes.map((volume) => volume.hostPath.path);
    expect(path("cp1")).toEqual(["/etc/kubernetes/super-admin.conf"]);
    expect(path("cp1", false)).toEqual(["/etc/kubernetes/admin.conf"]);
    expect(path("cp2")).toEqual(["/etc/kubernetes/admin.conf"]);
  });

  it("writes registries for containerd and for k3s", async () => {
    const homelab = await loadText(text + APP);
    const [docker, own] = Object.values(homelab.registries);
    expect(docker === undefined ? "" : containerdHostsText(docker)).toBe("server = \"https://registry-1.docker.io\"\n\n[host.\"https://mirror.cours.example\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
    expect(own === undefined ? "" : containerdHostsText(own)).toBe("server = \"http://registry.cours.example:5000\"\n\n[host.\"http://registry.cours.example:5000\"]\n  capabilities = [\"pull\", \"resolve\"]\n  skip_verify = true\n");
    expect(parse(k3sRegistriesText(homelab) ?? "")).toEqual({ mirrors: { "docker.io": { endpoint: ["https://mirror.cours.example"] }, "registry.cours.example:5000": { endpoint: ["http://registry.cours.example:5000"] } }, configs: { "registry.cours.example:5000": { tls: { insecure_skip_verify: true } } } });
  });
});

it("a proxy on each node is what the nodes connect to, control planes too: their API server has the port that it stands before", async () => {
  const homelab = await loadText(`name: maison
machines:
  a: { address: 192.168.1.11, roles: [control-plane] }
  b: { address: 192.168.1.12, roles: [control-plane] }
  c: { address: 192.168.1.13 }
machineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }
kubernetes: { distribution: kubeadm, version: v1.36.3, endpoint: { by: local } }
${APP}`);
  const files = new Map(renderCluster(homelab).map(({ path, text }) => [path, text ?? ""]));
  for (const name of ["a", "b", "c"]) {
    expect(files.get(`cluster/${name}/haproxy.cfg`)).toContain("bind 127.0.0.1:7443");
    for (const address of ["192.168.1.11:6443", "192.168.1.12:6443"]) expect(files.get(`cluster/${name}/haproxy.cfg`)).toContain(address);
  }
  expect(files.get("cluster/a/kubeadm.yaml")).toContain('controlPlaneEndpoint: "127.0.0.1:7443"');
  expect(joinConfiguration(homelab, machine(homelab, "b"))).toMatchObject({ discovery: { bootstrapToken: { apiServerEndpoint: "127.0.0.1:7443" } } });
});
