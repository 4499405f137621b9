/** The administrator's kubeconfig of the real cluster, from a control plane that governs it, named after the homelab. Reads only. */
import type { Homelab } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { nameKubeconfig } from "../kube/merge-kubeconfig.ts";
import { bracketed, controlPlaneMachines } from "../manifests/cluster/cluster-machines.ts";
import { kubeconfigPath } from "./cluster-access.ts";
import { governedBy, observe } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";

const API_PORT = 6443;
const READ_DEADLINE_MS = 20_000;

/** Rejects with `StepFailed` when no control plane that is part of a cluster answers. */
export async function readKubeconfig(homelab: Homelab, ports: OperationPorts): Promise<string> {
  const observed = await observe(homelab, controlPlaneMachines(homelab), [], ports, "kubeconfig", () => undefined);
  try {
    const governing = governedBy(homelab, observed.facts);
    const session = governing === undefined ? undefined : observed.sessions.get(governing);
    if (governing === undefined || session === undefined) {
      const [first] = observed.failures;
      throw new StepFailed("unreachable", "no control plane that answers is part of a cluster", { hint: first?.hint ?? "kubernest up makes the cluster", output: observed.failures.map(({ message }) => message) });
    }
    const path = kubeconfigPath(homelab);
    const { code, stdout, stderr } = await session.read(`cat ${path}`, READ_DEADLINE_MS);
    if (code !== 0) throw new StepFailed("unreachable", `${governing}: ${path} could not be read: ${stderr.trim()}`, { machine: governing, hint: `does sudo work on ${governing}? kubernest exec --sudo ${governing} -- ls -l ${path}` });
    const { address, port } = homelab.kubernetes.endpoint;
    // Where the file has the loopback address, it is right on that machine alone.
    return nameKubeconfig(stdout, homelab.name, address === undefined ? `https://${bracketed(session.target.address)}:${API_PORT}` : `https://${bracketed(address)}:${port}`);
  } finally {
    await observed.close();
  }
}
