/** Security contexts of an app's pods: baseline as a stock web server needs it, restricted by name. */
import type { IPodSecurityContext } from "kubernetes-models/v1/PodSecurityContext";
import type { ISecurityContext } from "kubernetes-models/v1/SecurityContext";
import type { Workload } from "../../config/homelab.ts";

/**
 * What a stock nginx, Apache or database image needs while it starts as root and drops to its own user: bind port 80, change owner and user,
 * write its own directories, signal its workers. Each is allowed by the baseline Pod Security level.
 */
const STOCK_SERVER_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

/** Ports below this need CAP_NET_BIND_SERVICE for a user that is not root. */
const PRIVILEGED_PORTS_END = 1024;

type Secured = Pick<Workload, "security" | "runAs" | "mounts">;

export function podSecurityContext(workload: Secured): IPodSecurityContext | undefined {
  if (workload.security === "privileged") return undefined;
  const { user, group } = workload.runAs;
  const writesVolumes = workload.mounts.some((mount) => mount.source === "volume");
  return {
    ...(workload.security === "restricted" ? { runAsNonRoot: true } : {}),
    ...(user === undefined ? {} : { runAsUser: user }),
    ...(group === undefined ? {} : { runAsGroup: group }),
    // A volume belongs to root at first: a group the process is in makes it writable. Only on change of the root, as big volumes take minutes.
    ...(writesVolumes && (group ?? user) !== undefined ? { fsGroup: group ?? user, fsGroupChangePolicy: "OnRootMismatch" } : {}),
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** `ports`: what the container listens on. */
export function containerSecurityContext(workload: Secured, ports: readonly number[]): ISecurityContext | undefined {
  if (workload.security === "privileged") return undefined;
  if (workload.security === "restricted") {
    const bindsLow = ports.some((port) => port < PRIVILEGED_PORTS_END);
    return { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], ...(bindsLow ? { add: ["NET_BIND_SERVICE"] } : {}) } };
  }
  return { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: STOCK_SERVER_CAPABILITIES } };
}
