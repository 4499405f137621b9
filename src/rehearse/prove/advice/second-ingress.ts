/** All requests go through the ingress: its one pod is everybody's. */
import type { AdviceRule } from "./advice-rule.ts";

export const SECOND_INGRESS: AdviceRule = {
  id: "second-ingress",
  propose: ({ homelab: { platform }, cause }) => {
    const { by, replicas } = platform.ingress;
    if (by === "none" || replicas > 1 || !/ingress/.test(cause)) return [];
    return [{ text: "a second pod of the ingress", ways: [["platform.ingress.replicas=2"], [`platform.ingress={by: ${by}, replicas: 2}`]] }];
  },
};
