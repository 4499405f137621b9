/** Stories that the embedded cluster cannot tell yet, each with what is missing: a scenario is never one that only looks alike. */
export interface UntoldStory {
  readonly story: string;
  readonly source: string;
  readonly why: string;
}

export const UNTOLD: readonly UntoldStory[] = [
  { story: "A control plane of five dies of kernel updates, and its backups cannot be used", source: "https://evan.day/death-of-a-cluster", why: "snapshots of etcd and their restoring are not simulated." },
  { story: "A hard NFS mount takes the control plane's node along", source: "https://www.vakintosh.com/blog/k8s-homelab-p3-nfs-nightmare", why: "that processes of the machine itself wait for files without end is not simulated; what the apps feel of it is (nas-off)." },
  { story: "Longhorn's budgets block a drain of one of three machines", source: "https://github.com/longhorn/longhorn/issues/5910", why: "Longhorn's pods are there, its replicas and the budgets that it writes are not; a drain that a budget blocks is told (drain-that-never-ends)." },
  { story: "Backups fail in silence for twelve hours after their password was changed", source: "https://blog.zolty.systems/posts/2026-02-15-top-10-production-failures", why: "stores of backups and their passwords are not simulated." },
];
