/** Copies are kept apart only where that costs nothing: two on one machine are gone together. One that must be elsewhere waits rather than join the other. */
import { type AdviceRule, serviceWays } from "./advice-rule.ts";
import { spreadText } from "./spread-text.ts";

export const HARD_SPREAD: AdviceRule = {
  id: "hard-spread",
  propose: ({ app, cause }) => {
    if (!/requests still go to all its pods on [^\s,]+$/m.test(cause)) return [];
    return Object.values(app.services)
      .filter(({ kind, replicas, placement }) => kind !== "daemon-set" && replicas > 1 && !placement.spread.some(({ over, required }) => over === "machine" && required))
      .map((service) => ({
        text: `copies of ${service.name} never on one machine, rather than not if it can be helped`,
        ways: serviceWays(app, service, `placement.spread=${spreadText([{ over: "machine", required: true }, ...service.placement.spread.filter(({ over }) => over !== "machine")])}`),
      }));
  },
};
