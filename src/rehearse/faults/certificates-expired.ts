import { certificateTerm } from "../certificate-term.ts";
import type { FaultEffect } from "./fault-effect.ts";

export const CERTIFICATES_EXPIRED_EFFECT: FaultEffect = {
  begin: ({ homelab, cluster }) => cluster.controlPlane?.setCertificates({ ...certificateTerm(homelab), untilMs: cluster.loop.now() }),
  end: ({ homelab, cluster }) => cluster.controlPlane?.setCertificates({ ...certificateTerm(homelab), untilMs: cluster.loop.now() + certificateTerm(homelab).lifeMs }),
};
