/**
 * k3s runs one pod of the cluster's DNS, and its loss is everybody's. Its manifest names no number of copies, so that another may set one (k3s#1606), and keeps them on different
 * machines: an autoscaler that never goes below two is an object of the file like any other.
 */
import type { AdviceRule } from "./advice-rule.ts";

const AUTOSCALER = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: coredns, namespace: kube-system}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: coredns}, minReplicas: 2, maxReplicas: 2}}";

export const SECOND_DNS: AdviceRule = {
  id: "second-dns",
  propose: ({ homelab, cause }) => {
    const { distribution, disable } = homelab.kubernetes;
    if (distribution !== "k3s" || disable.includes("coredns") || !cause.includes("cluster DNS")) return [];
    return [{ text: "a second pod of the cluster's DNS", ways: [[`objects+=${AUTOSCALER}`]] }];
  },
};
