/** A physical thing that machines depend on: what fails together. */
import { z } from "zod";
import { disk } from "./machine.ts";
import { absolutePath, address, cpu, duration, memory, oneOf, port, text, url } from "./scalars.ts";
import { isMap, structure } from "./structure.ts";

export const SITE_PART_KINDS = ["internet", "router", "switch", "power-strip", "ups", "nas", "hypervisor"] as const;

/** The name of a machine or of a site part. */
export const partName = text(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, "the name of a machine or a site part");

const forwardTarget = text(/^[a-zA-Z0-9.-]+(?::\d{1,5})?$/, "a machine's name or an address, and a port where it differs, such as pi1 or pi1:8443");

const forwards = z.union([
  z.record(text(/^\d{1,5}(?:\/(?:tcp|udp))?$/, "a port, such as 443 or 51820/udp", (value) => isPort(value)), forwardTarget),
  z.array(
    z.strictObject({
      port: port.describe("The router's port."),
      protocol: oneOf(["tcp", "udp"]).optional(),
      to: forwardTarget.describe("A machine's name or an address."),
      toPort: port.optional().describe("The machine's port; the same by default."),
    }),
  ),
]);

function isPort(value: string): boolean {
  const number = Number.parseInt(value, 10);
  return number >= 1 && number <= 65_535;
}

/** Fields that only make sense on some kinds. */
const FIELDS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  forwards: ["router"],
  arpExpiry: ["router"],
  runs: ["hypervisor"],
  holds: ["ups"],
  exports: ["nas"],
  s3: ["nas"],
  cpu: ["hypervisor", "nas"],
  memory: ["hypervisor", "nas"],
  disks: ["hypervisor", "nas"],
};

export const sitePart = structure(
  z.strictObject({
    kind: oneOf(SITE_PART_KINDS).describe("What it is."),
    address: address.optional().describe("Its address on the home network."),
    connects: z.array(partName).optional().describe("Machines and site parts that lose the network when it fails."),
    powers: z.array(partName).optional().describe("Machines and site parts that lose power when it fails (a PoE switch powers, too)."),
    runs: z.array(partName).optional().describe("Virtual machines that a hypervisor runs."),
    forwards: forwards.optional().describe("Ports a router forwards: from port to machine, such as { 443: pi1 }."),
    arpExpiry: duration.optional().describe("How long a router that ignores gratuitous ARP sends on to the machine that a forwarded address has left. Most follow at once: leave it out."),
    holds: duration.optional().describe("How long a UPS carries its load."),
    exports: z.array(absolutePath).optional().describe("Directories a NAS exports over NFS."),
    s3: url.optional().describe("Where a NAS answers S3."),
    cpu: cpu.optional().describe("Cores, shared by what it runs."),
    memory: memory.optional().describe("Memory, shared by what it runs."),
    disks: z.array(disk).optional().describe("Its disks."),
  }),
  (value, report) => {
    const kind = value["kind"];
    if (typeof kind !== "string" || !(SITE_PART_KINDS as readonly string[]).includes(kind)) return;
    for (const [field, kinds] of Object.entries(FIELDS_OF_KIND)) {
      if (value[field] === undefined || kinds.includes(kind)) continue;
      report([field], `${field} is not for a ${kind}`, `Only ${list(kinds)} ${kinds.length === 1 ? "has" : "have"} ${field}: remove it, or change the kind.`);
    }
    if (value["arpExpiry"] !== undefined && kind === "router" && (value["forwards"] === undefined || (Array.isArray(value["forwards"]) && value["forwards"].length === 0))) report(["arpExpiry"], "arpExpiry needs forwards", "It tells how long what the router forwards goes astray: say what it forwards, or remove the field.");
    if (isMap(value["forwards"]) && Object.keys(value["forwards"]).length === 0) report(["forwards"], "forwards is empty", "Add a port, or remove the field.");
  },
).meta({ id: "SitePart", description: "A physical thing that machines depend on." });

function list(kinds: readonly string[]): string {
  return kinds.map((kind) => `a ${kind}`).join(" and ");
}
