/** Copies on different machines of one power strip, switch or hypervisor are gone together: they are spread over the parts themselves. */
import { type AdviceRule, serviceWays } from "./advice-rule.ts";
import { likeIt, partsLost } from "./lost-elements.ts";
import { spreadText } from "./spread-text.ts";

export const SPREAD_OVER_PARTS: AdviceRule = {
  id: "spread-over-parts",
  propose: ({ homelab, app, judged }) => {
    const kinds = [...new Set(partsLost(homelab, judged).filter((part) => likeIt(homelab, part).length > 0).map(({ kind }) => kind))];
    return kinds.flatMap((kind) =>
      Object.values(app.services)
        .filter(({ replicas, placement, ...service }) => service.kind !== "daemon-set" && replicas > 1 && !placement.spread.some(({ over, required }) => over === kind && required))
        .map((service) => ({
          text: `copies of ${service.name} never all on one ${kind}`,
          ways: serviceWays(app, service, `placement.spread=${spreadText([...service.placement.spread.filter(({ over }) => over !== kind), { over: kind, required: true }])}`),
        })),
    );
  },
};
