/** The physical place: what machines depend on for power and network, and what fails together. */
import type { Duration, Quantity } from "./amounts.ts";
import type { Disk } from "./machine.ts";

export type SitePartKind = "internet" | "router" | "switch" | "power-strip" | "ups" | "nas" | "hypervisor";

export interface SitePart {
  readonly name: string;
  readonly kind: SitePartKind;
  readonly address: string | undefined;
  /** Machines and site parts that lose the network when this fails. */
  readonly connects: readonly string[];
  /** Machines and site parts that lose power when this fails. */
  readonly powers: readonly string[];
  /** Machines that run inside this one (hypervisor). */
  readonly runs: readonly string[];
  readonly forwards: readonly Forward[];
  /** How long a router sends on to the machine that an address has left; undefined: it follows gratuitous ARP, as Linux does with entries that it has. */
  readonly arpExpiry: Duration | undefined;
  /** How long a UPS carries its load; undefined for other kinds. */
  readonly holds: Duration | undefined;
  /** Directories a NAS exports over NFS. */
  readonly exports: readonly string[];
  /** Where a NAS answers S3; undefined when it does not. */
  readonly s3: string | undefined;
  /** cpu, memory and disks of a hypervisor's own machine, shared by those it runs. */
  readonly cpu: Quantity | undefined;
  readonly memory: Quantity | undefined;
  readonly disks: readonly Disk[];
}

export interface Forward {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** A machine's name or an address. */
  readonly to: string;
  readonly toPort: number;
}

/** Fields of a part that name what hangs on it. */
export const DEPENDANT_LISTS = ["connects", "powers", "runs"] as const satisfies readonly (keyof SitePart)[];
