/** Storage classes: where volumes live. */
import { z } from "zod";
import { partName } from "./site-part.ts";
import { absolutePath, address, name, oneOf, wholeNumber } from "./scalars.ts";
import { isMap, structure } from "./structure.ts";

export const STORAGE_KINDS = ["local-path", "nfs", "longhorn", "ceph", "linstor"] as const;

const FIELDS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  path: ["local-path"],
  server: ["nfs"],
  share: ["nfs"],
  replicas: ["longhorn", "ceph", "linstor"],
};

const storageClass = structure(
  z.strictObject({
    kind: oneOf(STORAGE_KINDS).describe("What provides it."),
    path: absolutePath.optional().describe("Where local-path keeps volumes on a machine."),
    server: z.union([partName, address]).optional().describe("The NFS server: a site part, or an address."),
    share: absolutePath.optional().describe("The directory it exports."),
    replicas: wholeNumber(1, 10).optional().describe("Copies of each volume."),
    reclaim: oneOf(["Delete", "Retain"]).optional().describe("What happens to the data when its claim goes."),
  }),
  (value, report) => {
    const kind = value["kind"];
    if (typeof kind !== "string" || !(STORAGE_KINDS as readonly string[]).includes(kind)) return;
    for (const [field, kinds] of Object.entries(FIELDS_OF_KIND)) {
      if (value[field] !== undefined && !kinds.includes(kind)) report([field], `${field} is not for ${kind}`, `Only ${kinds.join(", ")} has ${field}: remove it, or change the kind.`);
    }
    if (kind === "nfs") {
      for (const field of ["server", "share"]) {
        if (value[field] === undefined) report([], `an nfs class needs ${field}`, `Add ${field}.`);
      }
    }
  },
);

export const storage = z.union([
  oneOf(["local-path", "longhorn", "ceph", "linstor"]),
  structure(
    z.strictObject({
      default: name.optional().describe("The class of volumes that name none."),
      classes: z.record(name, z.union([oneOf(["local-path", "longhorn", "ceph", "linstor"]), storageClass])).optional().describe("The storage classes, by name."),
    }),
    (value, report) => {
      if (isMap(value["classes"]) && Object.keys(value["classes"]).length === 0) report(["classes"], "classes is empty", "Add a class, or remove the field.");
    },
  ),
]);
