/** One copy is gone with its machine: a second one on another answers while the first is missed. */
import type { AppService } from "../../../config/homelab.ts";
import { type AdviceRule, serviceWays } from "./advice-rule.ts";

/** A volume that one machine at a time can write keeps a service to one copy. */
const isAlone = (service: AppService): boolean => service.replicas === 1 && service.mounts.every(({ source }) => source !== "volume");

export const SECOND_COPY: AdviceRule = {
  id: "second-copy",
  propose: ({ app }) => {
    const alone = Object.values(app.services).filter(isAlone);
    return alone.map((service) => ({ text: `a second copy of ${service.name}`, ways: serviceWays(app, service, "replicas=2") }));
  },
};
