/** Where a lab keeps what it has. All below one directory, so that taking it away is one removal. */
import { join } from "node:path";

export interface LabPaths {
  readonly root: string;
  readonly plan: string;
  /** By name alone: a computer has one lab of a name, wherever it is kept. */
  readonly lock: string;
  readonly layer: string;
  /** A link to the root filesystem in the cache. */
  readonly image: string;
  readonly ssh: string;
  readonly sshConfig: string;
  readonly sshKey: string;
  readonly knownHosts: string;
  readonly hosts: string;
  readonly resolvers: string;
  readonly snapshots: string;
  machine(name: string): MachinePaths;
}

export interface MachinePaths {
  readonly root: string;
  /** Held by whatever works on the files, so that what an interrupted command left running ends before the next begins. */
  readonly lock: string;
  /** What makes the machine itself: name, users, keys. Read only, under what the machine writes. */
  readonly seed: string;
  /** Hash of what the seed was made from; written last. */
  readonly seedHash: string;
  /** What the machine wrote, but for /var/lib. */
  readonly upper: string;
  readonly work: string;
  /** Its /var/lib: no overlay, because containerd, the kubelet and etcd need a real filesystem. */
  readonly varLib: string;
  readonly boot: string;
  readonly supply: string;
  readonly console: string;
  /** Here while its cable is pulled. */
  readonly unplugged: string;
}

export const STATE_DEFAULT = "/var/lib/kubernest/lab";

export function labPaths(state: string, name: string): LabPaths {
  const root = join(state, name);
  return {
    root,
    plan: join(root, "lab.json"),
    lock: `/run/lock/kubernest-lab-${name}`,
    layer: join(root, "layer"),
    image: join(root, "image"),
    ssh: join(root, "ssh"),
    sshConfig: join(root, "ssh", "config"),
    sshKey: join(root, "ssh", "id_ed25519"),
    knownHosts: join(root, "ssh", "known_hosts"),
    hosts: join(root, "hosts"),
    resolvers: join(root, "resolv.conf"),
    snapshots: join(root, "snapshots"),
    machine(machine) {
      const own = join(root, "machines", machine);
      return {
        root: own,
        lock: join(own, "lock"),
        seed: join(own, "seed"),
        seedHash: join(own, "seed.hash"),
        upper: join(own, "upper"),
        work: join(own, "work"),
        varLib: join(own, "var-lib"),
        boot: join(own, "boot.sh"),
        supply: join(own, "supply.sh"),
        console: join(own, "console.log"),
        unplugged: join(own, "unplugged"),
      };
    },
  };
}
