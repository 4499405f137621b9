/** Every component that Kubernest knows, and what a homelab's clusters run of them: on a real cluster, and in a rehearsal. */
import type { Homelab } from "../../config/homelab.ts";
import { footprintObjects } from "../footprint.ts";
import { sortObjects } from "../object-order.ts";
import type { RenderedObject } from "../rendered.ts";
import { argoCd } from "./argo-cd.ts";
import { calico } from "./calico.ts";
import { certManager } from "./cert-manager.ts";
import { cilium } from "./cilium.ts";
import { cloudnativePg } from "./cloudnative-pg.ts";
import type { Component } from "./component.ts";
import type { CrdSet } from "./crd-table.ts";
import { crdsOf } from "./crds.ts";
import { distribution, k3sKinds } from "./distribution.ts";
import { flannel } from "./flannel.ts";
import { flux } from "./flux.ts";
import { forgejo } from "./forgejo.ts";
import { gateway } from "./gateway.ts";
import { kubeRouter } from "./kube-router.ts";
import { kubeVip } from "./kube-vip.ts";
import { localPath } from "./local-path.ts";
import { loki } from "./loki.ts";
import { longhorn } from "./longhorn.ts";
import { mariadbOperator } from "./mariadb-operator.ts";
import { metallb } from "./metallb.ts";
import { metricsServer } from "./metrics-server.ts";
import { nfs } from "./nfs.ts";
import { nodeLocalDns } from "./node-local-dns.ts";
import { piraeus } from "./piraeus.ts";
import { prometheus } from "./prometheus.ts";
import { renovate } from "./renovate.ts";
import { rookCeph } from "./rook-ceph.ts";
import { servicelb } from "./servicelb.ts";
import { traefik } from "./traefik.ts";
import { volsync } from "./volsync.ts";

/** In the order they are installed: each may rely on those before it. */
export const CATALOGUE: readonly Component[] = [
  distribution, k3sKinds, flannel, calico, cilium, kubeRouter, nodeLocalDns, servicelb, metallb, kubeVip, metricsServer,
  localPath, nfs, longhorn, rookCeph, piraeus, certManager, traefik, gateway, cloudnativePg, mariadbOperator, volsync,
  prometheus, loki, forgejo, flux, argoCd, renovate,
];

export function componentsOf(homelab: Homelab): Component[] {
  return CATALOGUE.filter((component) => component.isUsed(homelab));
}

/** The kinds that the homelab's components bring, each component's once, in install order. */
export function platformCrds(homelab: Homelab): RenderedObject[] {
  const sets = new Set<CrdSet>(componentsOf(homelab).flatMap((component) => component.crds ?? []));
  return [...sets].flatMap(crdsOf);
}

/**
 * What runs in the cluster beside what `renderHomelab` gives, because the distribution or a chart makes it: the pods, services, storage classes and so on of every
 * bundled or chart-installed component, with real images and requests. For rehearsals; apply it after `platformCrds` and before the rendered files.
 */
export function platformFootprint(homelab: Homelab): RenderedObject[] {
  const objects = componentsOf(homelab).flatMap((component) => {
    const footprint = component.footprint?.(homelab);
    return footprint === undefined ? [] : footprintObjects(component.name, component.at, footprint);
  });
  // Two components may share a namespace: each object once, the first one's.
  const unique = new Map<string, RenderedObject>();
  for (const item of objects) {
    const { apiVersion, kind, metadata } = item.object;
    const key = `${apiVersion}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
    if (!unique.has(key)) unique.set(key, item);
  }
  return sortObjects([...unique.values()]);
}
