/**
 * A pod that moves needs its image, and the registry that this cluster serves went with what it left: on machines that have the image already nobody asks. A DaemonSet that runs the image and
 * does nothing keeps it there, also from being cleared away as unused.
 */
import { routedHosts } from "../../../checks/derived/hosts.ts";
import { registryOf } from "../../../checks/derived/image.ts";
import { passageOf } from "../verdict.ts";
import type { AdviceRule } from "./advice-rule.ts";

export const IMAGE_KEPT: AdviceRule = {
  id: "image-kept",
  propose: ({ homelab, app, judged }) => {
    const hosts = new Set(routedHosts(homelab).map(({ host }) => host));
    if (passageOf(judged.worst!.app).outageMs !== undefined) return [];
    return Object.values(app.services)
      .filter(({ kind, image, imagePullPolicy }) => kind !== "daemon-set" && imagePullPolicy !== "Always" && hosts.has(registryOf(image).split(":")[0]!))
      .flatMap(({ name, image }) => {
        const keeper = `${name}-image`;
        if (homelab.apps[keeper] !== undefined) return [];
        return [{
          text: `the image of ${name} on every machine: a DaemonSet runs it and sleeps (the image needs a sleep)`,
          ways: [[`apps.${keeper}={kind: daemon-set, image: "${image}", command: [sleep, infinity]}`]],
        }];
      });
  },
};
