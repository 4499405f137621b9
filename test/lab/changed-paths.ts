/** What changed on a machine's disk, as the computer underneath sees it, against what a plan said and what daemons write by themselves. */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../src/plan/plan.ts";
import type { Action } from "../../src/steps/change.ts";

/** Files and links by path; what was taken away is there as the mark that an overlay keeps of it. Directories are not: what is in them is. */
export function diskOf(machineDirectory: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (directory: string, path: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const [real, seen] = [join(directory, entry.name), `${path}/${entry.name}`];
      // A container's own disk is no file of the machine's.
      if (/^\/var\/lib\/(?:containerd|kubelet|etcd)$/.test(seen)) continue;
      if (entry.isDirectory()) walk(real, seen);
      else {
        const { size, mtimeMs, mode, uid, gid } = lstatSync(real);
        found.set(seen, [size, mtimeMs, mode, uid, gid, entry.isSymbolicLink() ? readlinkSync(real) : ""].join(" "));
      }
    }
  };
  walk(join(machineDirectory, "upper"), "");
  walk(join(machineDirectory, "var-lib"), "/var/lib");
  return found;
}

export function changedPaths(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** Paths that the plan names for a machine: what it writes, copies, links and removes, and what is named in commands that it shows. */
export function plannedPaths(plan: Plan, machine: string): Set<string> {
  const pathsOf = (action: Action): string[] => {
    switch (action.do) {
      case "write-file":
      case "remove-file":
      case "make-directory":
      case "make-link":
        return [action.path];
      case "copy":
        return action.as.kind === "file" ? [action.as.path] : action.as.kind === "tar.gz" ? action.as.members.map(({ path }) => path) : [];
      case "script":
      case "obtain":
        return [...action.shown.matchAll(/(?:^|\s)(\/[\w./-]+)/g)].map((match) => match[1]!);
      case "guarded":
        return action.run.flatMap(pathsOf);
      default:
        return [];
    }
  };
  return new Set(plan.stages.flatMap(({ machines }) => machines.filter((entry) => entry.machine === machine).flatMap(({ changes }) => changes.flatMap(({ run }) => run.flatMap(pathsOf)))));
}

/** What runs on a machine writes this by itself, or a command of the plan does: who, and where. A path that is not here and not in the plan is a lie of the plan's. */
export const BY_PRODUCTS: readonly (readonly [who: string, where: RegExp])[] = [
  ["what is kept for reset", /^\/var\/lib\/kubernest\/originals\//],
  ["systemctl enable", /^\/etc\/systemd\/system\/(?:multi-user|sockets|timers)\.target\.wants\/(?:containerd|kubelet|haproxy|keepalived)\.service$/],
  ["systemd", /^\/var\/lib\/systemd\//],
  ["journald and every log", /^\/var\/log\//],
  ["apt and dpkg", /^\/var\/(?:lib\/(?:apt|dpkg|ucf|pam)|cache\/(?:apt|debconf|ldconfig|man))\//],
  ["update-rc.d, for a daemon of a package", /^\/etc\/rc[0-6S]\.d\/[KS]\d\d(?:haproxy|keepalived)$/],
  ["haproxy's unit, for a log inside its own root", /^\/var\/lib\/haproxy\/dev\/log$/],
  ["ldconfig", /^\/etc\/ld\.so\.cache$/],
  ["adduser, for a daemon of a package", /^\/etc\/(?:passwd|shadow|group|gshadow|subuid|subgid)-?$/],
  ["sudo", /^\/var\/lib\/sudo\//],
  ["kubeadm init and join", /^\/etc\/kubernetes\/(?:pki\/(?:etcd\/)?[a-z-]+\.(?:crt|key|pub)|manifests\/(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler)\.yaml|(?:super-)?admin\.conf|kubelet\.conf|controller-manager\.conf|scheduler\.conf)$/],
  ["kubeadm's copies of what it replaced", /^\/etc\/kubernetes\/tmp\//],
  ["flannel's installing container", /^\/(?:etc\/cni\/net\.d\/10-flannel\.conflist|opt\/cni\/bin\/flannel)$/],
  ["the network's plugins", /^\/var\/lib\/cni\//],
  ["containers' volumes of the kubelet", /^\/(?:usr\/libexec\/kubernetes|var\/lib\/(?:containerd|kubelet|etcd))\//],
];

/** Neither planned nor a by-product. `ofPackages`: files of packages that were installed. */
export function unexplained(changed: readonly string[], planned: ReadonlySet<string>, ofPackages: ReadonlySet<string>): string[] {
  return changed.filter((path) => !planned.has(path) && !ofPackages.has(path) && !BY_PRODUCTS.some(([, where]) => where.test(path)));
}
