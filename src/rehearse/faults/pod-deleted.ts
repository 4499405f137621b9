import { podsOf } from "../tell/pods-of.ts";
import type { FaultEffect } from "./fault-effect.ts";

export const POD_DELETED_EFFECT: FaultEffect = {
  begin: ({ cluster }, target) => {
    const [pod] = podsOf(cluster.client, target);
    if (pod !== undefined) cluster.client.delete("pods", pod.metadata.namespace, pod.metadata.name);
  },
  end: () => undefined,
};
