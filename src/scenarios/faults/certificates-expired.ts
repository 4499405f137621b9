import type { FaultKind } from "../fault.ts";

export const CERTIFICATES_EXPIRED: FaultKind = {
  id: "certificates-expired",
  strikes: "home",
  begins: () => "the certificates of the control plane expire",
  ends: () => "the certificates are renewed and the servers restarted",
  short: () => "certificates expired",
  why: "a year without an update on kubeadm, a year without a restart on k3s",
  destroysData: false,
};
