/** How containers' logs are rotated, where it is not as the kubelet does by itself. */
import { CONTAINER_LOG_MAX } from "../../config/expand/kubernetes.ts";
import type { Homelab } from "../../config/homelab.ts";

export interface ContainerLogs {
  /** A quantity: `10Mi`. */
  readonly size: string | undefined;
  readonly files: number | undefined;
}

export function containerLogs({ kubernetes }: Homelab): ContainerLogs {
  const { containerLogMaxSize, containerLogMaxFiles } = kubernetes.kubelet;
  return {
    size: containerLogMaxSize.text === CONTAINER_LOG_MAX.size ? undefined : containerLogMaxSize.text,
    files: containerLogMaxFiles === CONTAINER_LOG_MAX.files ? undefined : containerLogMaxFiles,
  };
}
