/**
 * While machines wait to join. kubeadm: a token, and for control planes the cluster's certificates under a key, both short-lived, made on a control plane that runs; neither is
 * ever an argument. k3s: its token is there. An earlier node of the same name must go first: neither takes another machine by that name while it is there.
 */
import { controlPlaneMachines } from "../manifests/cluster/cluster-machines.ts";
import { joinWaitsFor } from "./absent-machines.ts";
import type { Change } from "./change.ts";
import { usesKubeadm } from "./install-kubernetes.ts";
import { k3sRole, usesK3s } from "./k3s-files.ts";
import { k3sKubectl } from "./k3s-ready.ts";
import type { Step, Want } from "./step.ts";

/** Machines of the file that are no nodes yet and may become some; those that did not answer cannot be invited. */
export function waitingMachines({ homelab, cluster }: Pick<Want, "homelab" | "cluster">): string[] {
  return Object.values(homelab.machines)
    .filter((machine) => (usesKubeadm({ homelab, machine }) || usesK3s({ homelab, machine })) && joinWaitsFor(homelab, machine, cluster) === undefined)
    .filter(({ name }) => {
      const there = cluster.machines[name]?.kubernetes;
      if (there === undefined) return false;
      return homelab.kubernetes.distribution === "k3s" ? there.k3s?.hasJoined !== true : there.kubeadm?.hasJoined !== true || there.kubeadm.isHalfDone;
    })
    .map(({ name }) => name);
}

const KUBECTL = "kubectl --kubeconfig /etc/kubernetes/admin.conf";
const CONFIG = "/run/kubernest/upload-certs.yaml";
const EXPIRES_HOURS = 2;

export const inviteMachines: Step = {
  id: "invite-machines",
  summary: "lets machines join that are not part of the cluster yet",
  concerns: (want) => (usesKubeadm(want) || usesK3s(want)) && want.cluster.governedBy === want.machine.name && waitingMachines(want).some((name) => name !== want.machine.name),
  decide(_facts, want) {
    const waiting = waitingMachines(want).filter((name) => name !== want.machine.name);
    if (want.valueOf("INVITED") === "yes") return [];
    if (usesK3s(want)) return [inviteToK3s(want, waiting)];
    const controlPlanes = new Set(controlPlaneMachines(want.homelab).map(({ name }) => name));
    const token = `${KUBECTL} apply -f - <<EOT
apiVersion: v1
kind: Secret
metadata: { name: "bootstrap-token-\${BOOTSTRAP_TOKEN_ID}", namespace: kube-system }
type: bootstrap.kubernetes.io/token
stringData:
  token-id: "\${BOOTSTRAP_TOKEN_ID}"
  token-secret: "\${BOOTSTRAP_TOKEN_SECRET}"
  expiration: "$(date -u -d "+${EXPIRES_HOURS} hours" +%Y-%m-%dT%H:%M:%SZ)"
  usage-bootstrap-authentication: "true"
  usage-bootstrap-signing: "true"
  auth-extra-groups: system:bootstrappers:kubeadm:default-node-token
EOT`;
    // Without a version kubeadm would ask the internet for the newest.
    const certificates = `umask 077
mkdir -p /run/kubernest
cat >${CONFIG} <<EOT
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
certificateKey: "\${CERTIFICATE_KEY}"
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: ${want.homelab.kubernetes.version}
EOT
kubeadm init phase upload-certs --upload-certs --config ${CONFIG} >/dev/null
rm -f ${CONFIG}`;
    const needsCertificates = waiting.some((name) => controlPlanes.has(name));
    const leave = deleteNodes(KUBECTL, hostnames(want.homelab, waiting));
    return [
      {
        step: "invite-machines",
        summary: `let ${waiting.join(", ")} join`,
        why: `${waiting.length === 1 ? "it is" : "they are"} not part of the cluster yet`,
        risk: "safe",
        run: [
          { do: "script", script: { text: `${leave}\n${token}${needsCertificates ? `\n${certificates}` : ""}`, values: ["BOOTSTRAP_TOKEN_ID", "BOOTSTRAP_TOKEN_SECRET", ...(needsCertificates ? ["CERTIFICATE_KEY"] : [])] }, shown: `${deleteNodes("kubectl", hostnames(want.homelab, waiting))}; make a bootstrap token for ${EXPIRES_HOURS} hours${needsCertificates ? ", and kubeadm init phase upload-certs" : ""}`, deadlineMs: 120_000, hint: "does the API answer? kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes on the machine" },
          INVITED,
        ],
      },
    ];
  },
};

const INVITED = { do: "obtain", script: { text: "echo INVITED=yes" }, shown: "note that they may join", gives: ["INVITED"], deadlineMs: 10_000 } as const;

const hostnames = (homelab: Want["homelab"], waiting: readonly string[]): string[] => waiting.map((name) => homelab.machines[name]!.hostname);

/** Nothing of the cluster is on them: a node of that name is what is left of one that was taken away, in k3s its etcd member and its password with it. */
const deleteNodes = (kubectl: string, names: readonly string[]): string => `${kubectl} delete node ${names.join(" ")} --ignore-not-found`;

function inviteToK3s({ homelab, machine }: Want, waiting: readonly string[]): Change {
  const kubectl = k3sKubectl(homelab, k3sRole(machine));
  const names = hostnames(homelab, waiting);
  const text = `${deleteNodes(kubectl, names)}\n${kubectl} -n kube-system delete secret ${names.map((name) => `${name}.node-password.k3s`).join(" ")} --ignore-not-found`;
  return {
    step: "invite-machines",
    summary: `let ${waiting.join(", ")} join`,
    why: `${waiting.length === 1 ? "it is" : "they are"} not part of the cluster yet`,
    risk: "safe",
    run: [{ do: "script", script: { text }, shown: deleteNodes("kubectl", names), deadlineMs: 120_000, hint: "does the API answer? k3s kubectl get nodes on the machine" }, INVITED],
  };
}
