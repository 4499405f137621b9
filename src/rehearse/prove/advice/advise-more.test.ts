/** More kinds of advice, each on a home as small as shows it: a promise that is broken, the one change that is proposed, and the promise kept by it, proved. */
import { describe, expect, it } from "vitest";
import { promise, provedAdvice } from "../../../../test/rehearse/proved-advice.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { BACKUP_OFTENER } from "./backup-oftener.ts";
import { HARD_SPREAD } from "./hard-spread.ts";
import { IMAGE_KEPT } from "./image-kept.ts";
import { NAMES_OUTSIDE } from "./names-outside.ts";
import { ONE_SERVER_FEWER } from "./one-server-fewer.ts";
import { OTHER_PART } from "./other-part.ts";
import { SECOND_DNS } from "./second-dns.ts";
import { SECOND_LOAD_BALANCER } from "./second-load-balancer.ts";
import { SPREAD_OVER_PARTS } from "./spread-over-parts.ts";
import { STORAGE_COPIED } from "./storage-copied.ts";
import { STORAGE_ON_NAS } from "./storage-on-nas.ts";

/** What is put where is no chance here: `w1` has room, the others have little. */
const HOME = `name: maison
lan: 192.168.1.0/24
machines:
  s1: { address: 192.168.1.11, roles: control-plane, cpu: 2, memory: 2Gi }
  w1: { address: 192.168.1.21, cpu: 16, memory: 32Gi }
  w2: { address: 192.168.1.22, cpu: 2, memory: 2Gi }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  web: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port }
`;
const STRIPS = 'site={left: {kind: power-strip, powers: [w1, w3]}, right: {kind: power-strip, powers: [w2]}}';
const W3 = "machines.w3={address: 192.168.1.23, cpu: 16, memory: 32Gi}";
const S3 = "{endpoint: \"https://s3.example:9000\", bucket: home, accessKey: {secret: s3-access-key}, secretKey: {secret: s3-secret-key}}";

const { adviceFor } = provedAdvice(HOME, "web");

describe("advice", () => {
  it.each<[string, AdviceRule, string[], string[]]>([
    ["copies never on one machine", HARD_SPREAD, ["site={switch: {kind: switch, connects: [w1, w2]}}", "apps.web.replicas=2", "apps.web.placement={spread: [{over: switch}]}", promise("web", "w1", "2m")], ["apps.web.placement.spread=[{over: machine, required: true}, {over: switch}]"]],
    ["copies never all on one power strip", SPREAD_OVER_PARTS, [W3, STRIPS, "apps.web.replicas=2", "apps.web.placement={spread: [{over: machine}]}", promise("web", "left", "2m")], ["apps.web.placement.spread=[{over: machine}, {over: power-strip, required: true}]"]],
    [
      "a server on another strip",
      OTHER_PART,
      ["kubernetes.datastore=etcd", "machines={s1: {address: 192.168.1.11, cpu: 16, memory: 32Gi}, s2: {address: 192.168.1.12}, s3: {address: 192.168.1.13}, w1: {address: 192.168.1.21, roles: worker}}", "machineDefaults.roles=[control-plane, worker]", "site={left: {kind: power-strip, powers: [s1, s2]}, middle: {kind: power-strip, powers: [s3]}, right: {kind: power-strip, powers: [w1]}}", "apps.web.placement={machines: [s1, s3]}", promise("web", "left", "10m")],
      ["site.left.powers=[s1]", "site.right.powers+=s2"],
    ],
    [
      "a second load balancer",
      SECOND_LOAD_BALANCER,
      ["machines.lb1={address: 192.168.1.2}", "kubernetes={distribution: kubeadm, version: v1.36.3, endpoint: {address: 192.168.1.2, by: haproxy, on: [lb1]}}", "site={left: {kind: power-strip, powers: [lb1, w1]}, right: {kind: power-strip, powers: [s1, w2]}}", promise("web", "left", "10m")],
      ["machines.lb2={}", "site.right.powers+=lb2", "kubernetes.endpoint.on=[lb1, lb2]", "kubernetes.endpoint.address=192.168.1.240"],
    ],
    ["one server fewer", ONE_SERVER_FEWER, ["kubernetes.datastore=etcd", "machines.w1.roles=[control-plane, worker]", promise("web", "w1", "10m")], ["machines.w1.roles=[worker]"]],
    [
      "a volume on the NAS",
      STORAGE_ON_NAS,
      ["site={nas: {kind: nas, address: 192.168.1.5, exports: [/srv/cluster]}}", "apps.web.volumes={data: {size: 1Gi, path: /data}}", promise("web", "w1", "10m", "nothing")],
      ["platform.storage={default: local-path, classes: {local-path: local-path, nas: {kind: nfs, server: nas, share: /srv/cluster}}}", "apps.web.volumes.data.storageClass=nas"],
    ],
    [
      "copies of a volume",
      STORAGE_COPIED,
      ["apps.web.volumes={data: {size: 1Gi, path: /data}}", promise("web", "w1", "15m", "nothing")],
      ["platform.storage={default: local-path, classes: {local-path: local-path, longhorn: {kind: longhorn, replicas: 2}}}", "apps.web.volumes.data.storageClass=longhorn"],
    ],
    [
      "a second pod of the cluster's DNS",
      SECOND_DNS,
      ["apps.web={services: {api: {image: docker.io/library/nginx:1.29, port: 80, replicas: 2}, web: {image: docker.io/library/nginx:1.29, port: 80, replicas: 2, exposure: node-port, after: [api]}}}", promise("web", "w1", "2m")],
      ["objects+={apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: coredns, namespace: kube-system}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: coredns}, minReplicas: 2, maxReplicas: 2}}"],
    ],
    [
      "a backup more often",
      BACKUP_OFTENER,
      [`platform.backups={s3: ${S3}}`, "apps.web.volumes={data: {size: 1Gi, path: /data, backup: week}}", "apps.web.promise={survives: w1, byHand: true, loses: 2d}"],
      ["apps.web.volumes.data.backup={every: day, keep: 7}"],
    ],
    [
      "names from outside",
      NAMES_OUTSIDE,
      ["platform.loadBalancer={by: metallb, pools: 192.168.1.230-192.168.1.239}", "machineDefaults.network={resolvers: [192.168.1.230]}", "site={box: {kind: router, address: 192.168.1.1, connects: [s1, w1, w2]}}", "apps.names={image: docker.io/library/nginx:1.29, port: 53, exposure: {kind: load-balancer, address: 192.168.1.230}, placement: {machines: [w1]}}", promise("web", "w1", "10m")],
      ["machineDefaults.network.resolvers=[192.168.1.1]"],
    ],
    [
      "an image kept on the machines",
      IMAGE_KEPT,
      ["platform.ingress=traefik", "kubernetes.disable=[servicelb]", "apps.registry={image: docker.io/library/registry:3, port: 5000, host: registry.maison.example, placement: {machines: [w1]}}", "apps.web.image=registry.maison.example/web:1.0.0", promise("web", "w1", "10m")],
      ['apps.web-image={kind: daemon-set, image: "registry.maison.example/web:1.0.0", command: [sleep, infinity]}'],
    ],
  ])("%s keeps what was broken", async (_name, rule, changes, wanted) => {
    const { before, changes: found, judged, texts } = await adviceFor(changes, [rule]);
    expect([before === "kept", found, judged.verdict, texts.length, judged.worst?.why]).toEqual([false, wanted, "kept", 1, expect.anything()]);
  }, 180_000);
});
