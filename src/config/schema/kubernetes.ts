/** The cluster: distribution, version, endpoint, datastore, network and the arguments of its parts. */
import { z } from "zod";
import { argumentMap } from "./arguments.ts";
import { network } from "./cluster-network.ts";
import { partName } from "./site-part.ts";
import {
  absolutePath,
  address,
  domainName,
  duration,
  memory,
  oneOf,
  port,
  schedule,
  secretRef,
  text,
  wholeNumber,
} from "./scalars.ts";

export const COMPONENTS = ["apiServer", "controllerManager", "scheduler", "kubelet", "kubeProxy", "etcd", "server", "agent"] as const;

const endpoint = z.union([
  address,
  z.strictObject({
    address: address.optional().describe("What nodes and kubectl connect to. The first control plane's by default."),
    port: port.optional().describe("The API's port there."),
    by: oneOf(["machine", "haproxy", "kube-vip", "external", "local"])
      .optional()
      .describe("What keeps it alive: the first control plane alone, HAProxy with keepalived, kube-vip, something outside, or a proxy on each node."),
    on: z.array(partName).optional().describe("The machines that carry it."),
    name: domainName.optional().describe("A DNS name for it."),
    interface: text(/^[A-Za-z0-9_.:-]{1,15}$/, "a network interface, such as eth0").optional().describe("The interface that carries the address."),
  }),
]);

const datastore = z.union([
  oneOf(["etcd", "sqlite", "external"]),
  z.strictObject({
    kind: oneOf(["etcd", "sqlite", "external"]).optional().describe("Where the cluster's state lives."),
    url: secretRef.optional().describe("The connection string of an external datastore."),
    quota: memory.optional().describe("etcd's size limit (quota-backend-bytes)."),
    memoryLimit: memory.optional().describe("etcd's memory limit."),
    compactionRetention: duration.optional().describe("How much history etcd keeps."),
    dataDir: absolutePath.optional().describe("Where its data lives."),
    exposeMetrics: z.boolean().optional().describe("Whether etcd's metrics answer on the machine's address."),
    snapshots: z
      .strictObject({
        schedule: schedule.optional().describe("When a snapshot is taken."),
        keep: wholeNumber(1, 1000).optional().describe("How many are kept."),
        toBackups: z.boolean().optional().describe("Whether they are copied to platform.backups."),
      })
      .optional()
      .describe("Snapshots of etcd."),
  }),
]);

const componentArguments = z.strictObject({
  apiServer: argumentMap.optional().describe("kube-apiserver"),
  controllerManager: argumentMap.optional().describe("kube-controller-manager"),
  scheduler: argumentMap.optional().describe("kube-scheduler"),
  kubelet: argumentMap.optional().describe("kubelet, on all machines"),
  kubeProxy: argumentMap.optional().describe("kube-proxy"),
  etcd: argumentMap.optional().describe("etcd"),
  server: argumentMap.optional().describe("k3s server"),
  agent: argumentMap.optional().describe("k3s agent"),
});

export const kubernetes = z
  .strictObject({
    distribution: oneOf(["k3s", "kubeadm"]).optional().describe("k3s (small, everything in one binary) or kubeadm (upstream's own)."),
    version: text(
      /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/,
      "a full version, such as v1.36.3 (kubeadm) or v1.36.1+k3s1 (k3s)",
    )
      .optional()
      .describe("The version, in full."),
    endpoint: endpoint.optional().describe("Where the API answers."),
    datastore: datastore.optional().describe("Where the cluster's state lives."),
    network: network.optional().describe("The network of pods and services."),
    containerRuntime: oneOf(["containerd", "cri-o"]).optional().describe("What runs containers."),
    extraArgs: componentArguments.optional().describe("Further arguments of each component, without dashes."),
    disable: z
      .array(text(/^[a-z][a-z0-9-]*$/, "a part of the distribution, such as traefik or servicelb"))
      .optional()
      .describe("Parts of the distribution to leave out."),
    kubelet: z
      .strictObject({
        maxPods: wholeNumber(1, 1000).optional().describe("Pods a node takes."),
        imagePulls: oneOf(["serial", "parallel"]).optional().describe("Whether images are pulled one by one."),
        containerLogMaxSize: memory.optional().describe("How large a container's log grows before it is rotated."),
        containerLogMaxFiles: wholeNumber(2, 100).optional().describe("Logs that are kept of a container, the one being written included."),
        memoryMin: memory.optional().describe("Machines with less memory are refused."),
      })
      .optional()
      .describe("The kubelet of every machine."),
    tlsSans: z.array(address).optional().describe("Further names and addresses in the API server's certificate."),
    dataDir: absolutePath.optional().describe("Where the distribution keeps its data."),
    secretsEncryption: z.boolean().optional().describe("Whether Secrets are encrypted in the datastore."),
    anonymousAuth: z.boolean().optional().describe("Whether the API answers health checks without a login."),
    certificates: z
      .strictObject({
        validity: duration.optional().describe("Of the components' certificates."),
        caValidity: duration.optional().describe("Of the cluster's own authorities."),
        algorithm: oneOf(["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"]).optional().describe("Of the keys."),
      })
      .optional()
      .describe("The cluster's own certificates."),
    kubeconfig: z
      .strictObject({
        path: absolutePath.optional().describe("Where a control plane writes it."),
        mode: text(/^0?[0-7]{3}$/, 'an octal mode in quotes, such as "600"').optional().describe("Who may read it."),
      })
      .optional()
      .describe("The administrator's kubeconfig on control planes."),
    eventTtl: duration.optional().describe("How long events are kept."),
    logLevel: wholeNumber(0, 10).optional().describe("Verbosity of the components."),
  })
  .meta({ id: "Kubernetes", description: "The cluster." });
