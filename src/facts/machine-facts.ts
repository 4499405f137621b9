/** Everything that was observed on one machine at one moment, in the shapes that steps and checks read. Readonly: nobody notes anything here. */
/** As upstream's releases name them; the same words as in the homelab file. */
export type Architecture = "amd64" | "arm64" | "arm";

export interface MachineFacts {
  readonly machine: string;
  /** Milliseconds since the Unix epoch, by this computer's clock, when the script had answered. */
  readonly atMs: number;
  readonly system: SystemFact;
  readonly boot: BootFact;
  readonly hardware: HardwareFact;
  readonly disks: readonly DiskFact[];
  readonly filesystems: readonly FilesystemFact[];
  readonly swap: SwapFact;
  readonly cgroup: CgroupFact;
  readonly modules: Readonly<Record<string, ModuleState>>;
  /** Value of each asked sysctl; undefined where this kernel has none of that name. */
  readonly sysctls: Readonly<Record<string, string | undefined>>;
  readonly names: NamesFact;
  readonly network: NetworkFact;
  readonly clock: ClockFact;
  /** Each asked package: its installed version, or undefined. */
  readonly packages: Readonly<Record<string, string | undefined>>;
  readonly packageManager: PackageManagerFact;
  readonly units: Readonly<Record<string, UnitFact>>;
  readonly files: Readonly<Record<string, FileFact>>;
  /** Names in each asked directory, sorted; undefined where there is none. */
  readonly directories: Readonly<Record<string, readonly string[] | undefined>>;
  readonly firewall: FirewallFact;
  /** Who listens on each asked port. */
  readonly listeners: readonly ListenerFact[];
  readonly runtime: RuntimeFact;
  readonly kubernetes: KubernetesFact;
}

export interface SystemFact {
  /** `ID` of os-release: `debian`, `raspbian`, `ubuntu`, `arch`, `nixos`. */
  readonly id: string;
  readonly idLike: readonly string[];
  /** `VERSION_ID`, such as `12`; undefined for a rolling system. */
  readonly version: string | undefined;
  readonly codename: string | undefined;
  readonly prettyName: string;
  /** Raspberry Pi OS calls itself debian on 64 bits, and is known by its issue file; raspbian on 32. */
  readonly isRaspberryPiOs: boolean;
  /** Of the user space; undefined when it is none that Kubernetes is built for. */
  readonly architecture: Architecture | undefined;
  /** `uname -m`, of the kernel. */
  readonly machine: string;
  readonly kernel: string;
  /** `systemd`, or what PID 1 is called. */
  readonly init: string;
  readonly systemdVersion: number | undefined;
}

export interface BootFact {
  /** Changes at each boot, also in a container. */
  readonly id: string;
  /** The parameters this kernel was started with. */
  readonly parameters: readonly string[];
  /** `/boot/firmware/current/cmdline.txt`, `/boot/firmware/cmdline.txt` or `/boot/cmdline.txt`: the one that the firmware reads, where it is a Raspberry Pi's. */
  readonly parametersFile: string | undefined;
  /** A reboot that the system itself waits for. */
  readonly isRebootPending: boolean;
}

export interface HardwareFact {
  /** `Raspberry Pi 5 Model B Rev 1.0`, or what the firmware says; undefined when it says nothing. */
  readonly model: string | undefined;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly machineId: string | undefined;
  readonly productUuid: string | undefined;
  /** `systemd-detect-virt`: `none`, `kvm`, `systemd-nspawn`, … */
  readonly virtualisation: string;
}

export interface DiskFact {
  /** `mmcblk0`, `nvme0n1` */
  readonly name: string;
  readonly kind: "sd" | "emmc" | "usb" | "hdd" | "ssd" | "nvme" | "virtual" | "unknown";
  readonly sizeBytes: number;
  readonly model: string | undefined;
}

export interface FilesystemFact {
  readonly mountPoint: string;
  readonly source: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly inodesFreePercent: number | undefined;
  readonly isReadOnly: boolean;
}

export interface SwapFact {
  /** What is on now. */
  readonly active: readonly { readonly source: string; readonly kind: "partition" | "file" | "zram"; readonly sizeBytes: number }[];
}

export interface CgroupFact {
  readonly version: "v1" | "hybrid" | "v2";
  /** Those a kubelet could use: of `cgroup.controllers`, or of `/proc/cgroups` on v1. */
  readonly controllers: readonly string[];
}

/** `missing`: neither loaded, nor built in, nor to be found for this kernel. */
export type ModuleState = "loaded" | "built-in" | "loadable" | "missing";

export interface NamesFact {
  /** The kernel's. */
  readonly hostname: string;
  readonly fqdn: string | undefined;
}

export interface NetworkFact {
  readonly interfaces: readonly { readonly name: string; readonly mac: string | undefined; readonly isUp: boolean; /** With the length of the network: `192.168.1.11/24`. */ readonly addresses: readonly string[]; readonly isVirtual: boolean }[];
  readonly defaultRoutes: readonly { readonly gateway: string; readonly interface: string; readonly family: "ipv4" | "ipv6" }[];
  readonly resolvers: readonly string[];
  readonly search: readonly string[];
  /** Who keeps the addresses: what is enabled on this machine. */
  readonly configuredBy: "networkmanager" | "systemd-networkd" | "dhcpcd" | "ifupdown" | "netplan" | "unknown";
  /** The address and port that this session came from, and to which of ours: what must not be cut off. */
  readonly session: { readonly from: string; readonly to: string; readonly port: number } | undefined;
}

export interface ClockFact {
  /** The machine's time minus ours, to some milliseconds plus the round trip. */
  readonly offsetMs: number;
  readonly isSynchronised: boolean | undefined;
  readonly timeZone: string | undefined;
  /** What keeps it: `systemd-timesyncd`, `chrony`, `ntpsec`, …; undefined for nothing. */
  readonly keptBy: string | undefined;
}

export interface PackageManagerFact {
  readonly kind: "apt" | "pacman" | "none";
  /** Seconds since the lists were fetched; undefined when they never were. */
  readonly listsAgeSeconds: number | undefined;
  /** Another program holds its lock. pacman's lock is a file, which one that was killed leaves behind. */
  readonly isLocked: boolean;
}

export interface UnitFact {
  readonly load: "loaded" | "not-found" | "masked" | "error" | string;
  readonly active: "active" | "inactive" | "failed" | "activating" | "deactivating" | string;
  /** `running`, `exited`, `dead` */
  readonly sub: string;
  readonly enabled: "enabled" | "disabled" | "static" | "masked" | "" | string;
  readonly needsReload: boolean;
  /** When it last became active, by the machine's monotonic clock in microseconds; 0 when never. */
  readonly activeSinceUs: number;
}

/** `absent` also where a parent is missing. */
export type FileFact =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly mode: string; readonly owner: string; readonly sizeBytes: number; readonly mtimeSeconds: number; /** Undefined for a stamp, and for more than a mebibyte. */ readonly content: string | undefined; readonly linkTo?: string }
  | { readonly kind: "directory"; readonly mode: string; readonly owner: string }
  | { readonly kind: "link"; readonly to: string }
  | { readonly kind: "other" };

export interface FirewallFact {
  /** What filters: active ones only. */
  readonly active: readonly ("ufw" | "firewalld" | "nftables")[];
  /** ufw: its rules as it stores them; firewalld: ports open in the default zone; nftables: nothing. */
  readonly open: readonly string[];
}

export interface ListenerFact {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  /** Program name; undefined where the kernel itself listens. */
  readonly program: string | undefined;
}

/** Version of the package that brought it; `unpackaged` where none did, undefined where it is not there. */
export interface RuntimeFact {
  readonly containerd: string | undefined;
  readonly crio: string | undefined;
  readonly docker: string | undefined;
}

/** What Kubernetes is on this machine, and whose. */
export interface KubernetesFact {
  /** Marks of k3s that are there: its unit, data, binary. */
  readonly k3s: {
    readonly role: "server" | "agent";
    readonly isOurs: boolean;
    /** It has run: images alone, which are laid there before its first start, are no data. */
    readonly hasData: boolean;
    /** It was part of a cluster once: a server has a datastore, an agent the credentials of a node. Until then what it has may be left of an attempt. */
    readonly hasJoined: boolean;
    /** Of a server: the hash by which its full token (`K10HASH::server:…`) names its authority. */
    readonly caHash?: string | undefined;
  } | undefined;
  /** kubeadm's: `/etc/kubernetes` and the kubelet's credentials. */
  readonly kubeadm: {
    readonly isOurs: boolean;
    /** `/etc/kubernetes/manifests/kube-apiserver.yaml` is there. */
    readonly isControlPlane: boolean;
    /** `/etc/kubernetes/kubelet.conf` is there. */
    readonly hasJoined: boolean;
    /** etcd's data directory has a member. */
    readonly hasEtcdData: boolean;
    /** `init` or `join` began and did not end: our mark of it is still there. */
    readonly isHalfDone: boolean;
    /** SHA-256 of the cluster CA's public key, as `kubeadm join` wants it, without `sha256:`. */
    readonly caHash: string | undefined;
  } | undefined;
  /** Others: `microk8s`, `k0s`, `rke2`, `minikube`, `talos`. */
  readonly others: readonly string[];
}
