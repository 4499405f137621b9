/** Pods stay five minutes on a machine that is declared lost; one without data of its own may leave sooner. */
import { type AdviceRule, serviceWays } from "./advice-rule.ts";

const UNREACHABLE = "node.kubernetes.io/unreachable";
const SECONDS = 10;

export const LEAVE_SOONER: AdviceRule = {
  id: "leave-sooner",
  propose: ({ app }) =>
    Object.values(app.services)
      .filter(({ placement, mounts }) => mounts.every(({ source }) => source !== "volume") && !placement.tolerations.some(({ key, seconds }) => key === UNREACHABLE && seconds !== undefined && seconds <= SECONDS))
      .map((service) => ({
        text: `${service.name} leaves a machine ${SECONDS} s after it is declared lost, instead of 5 minutes`,
        ways: serviceWays(app, service, `placement.tolerations+={key: ${UNREACHABLE}, effect: NoExecute, seconds: ${SECONDS}}`),
      })),
};
