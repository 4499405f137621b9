/** A volume for one writer is attached to one node at most. */
import { type Invariant, type Watched } from "./watched.ts";

const ATTACHMENTS = "storage.k8s.io/volumeattachments";

export function oneAttachment({ cluster }: Watched): Invariant {
  return ({ type, object, kind }) => {
    if (type !== ATTACHMENTS || kind === "delete") return undefined;
    const name = object["spec"].source.persistentVolumeName as string;
    const modes = (cluster.client.get("persistentvolumes", undefined, name)?.["spec"].accessModes ?? []) as string[];
    if (modes.some((mode) => mode.endsWith("Many"))) return undefined;
    const nodes = new Set(cluster.client.list(ATTACHMENTS).filter(({ spec }) => spec.source.persistentVolumeName === name).map(({ spec }) => spec.nodeName as string));
    return nodes.size > 1 ? `${name} is attached to ${[...nodes].join(" and ")}` : undefined;
  };
}
