import { podsOf } from "../tell/pods-of.ts";
import type { FaultEffect } from "./fault-effect.ts";
import { writeWhenPossible } from "./write-when-possible.ts";

export const POD_DELETED_EFFECT: FaultEffect = {
  begin: (struck, target) =>
    writeWhenPossible(struck, () => {
      const { client } = struck.cluster;
      const [pod] = podsOf(client, target);
      if (pod !== undefined) client.delete("pods", pod.metadata.namespace, pod.metadata.name);
    }),
  end: () => undefined,
};
