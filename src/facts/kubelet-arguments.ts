/** Arguments that the machine itself gives its kubelet, as upstream's packages do it and our unit hands them on. Read as any file. */
import type { MachineFacts } from "./machine-facts.ts";

export const KUBELET_ARGUMENTS_FILE = "/etc/default/kubelet";

/** Whether the kubelet is told to accept control groups of version 1, which it refuses by itself from 1.35 on. */
export function toleratesCgroupV1({ files }: Pick<MachineFacts, "files">): boolean {
  const file = files[KUBELET_ARGUMENTS_FILE];
  return file?.kind === "file" && /^KUBELET_EXTRA_ARGS=.*--fail-cgroupv1=false\b/m.test(file.content ?? "");
}
