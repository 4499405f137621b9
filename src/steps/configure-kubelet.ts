/**
 * A kubelet that has joined runs with what the file holds back from pods and how it rotates logs; kubeadm writes its configuration once, when it joins. What counts is
 * what the kubelet reads, not the patch that we gave to kubeadm.
 */
import { parse } from "yaml";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { equalJson } from "../lib/json.ts";
import { KUBEADM_PATCHES, kubeletPatch, KUBELET_PATCH_FIELDS } from "../manifests/cluster/kubeadm.ts";
import type { Action } from "./change.ts";
import { usesKubeadm } from "./install-kubernetes.ts";
import { KUBELET_PATCH, kubeletPatchFile } from "./kubeadm-files.ts";
import type { Step } from "./step.ts";
import { contentOf, fileChange, isThere } from "./wanted-file.ts";

const CONFIG = "/var/lib/kubelet/config.yaml";

/** The fields that are ours to set, as the kubelet reads them; undefined where its file is none. */
function fieldsOf(facts: MachineFacts): Record<string, unknown> | undefined {
  try {
    const read = parse(contentOf(facts, CONFIG)) as Record<string, unknown> | null;
    if (typeof read !== "object" || read === null) return undefined;
    return Object.fromEntries(KUBELET_PATCH_FIELDS.map((field) => [field, read[field]]));
  } catch {
    return undefined;
  }
}

export const configureKubelet: Step = {
  id: "configure-kubelet",
  summary: "keeps a kubelet that has joined to what the file gives it",
  concerns: usesKubeadm,
  questions: () => ({ files: [CONFIG, KUBELET_PATCH] }),
  decide(facts, want) {
    // Joining sees to it.
    if (facts.kubernetes.kubeadm?.hasJoined !== true || facts.kubernetes.kubeadm.isHalfDone) return [];
    const file = kubeletPatchFile(want.homelab, want.machine);
    const change = file === undefined ? undefined : fileChange(facts, file, want);
    const wanted = kubeletPatch(want.homelab, want.machine) ?? {};
    const has = fieldsOf(facts);
    const different = KUBELET_PATCH_FIELDS.filter((field) => !equalJson(normal(has?.[field], field), normal(wanted[field], field)));
    const isLeft = file === undefined && isThere(facts, KUBELET_PATCH);
    if (change === undefined && !isLeft && different.length === 0) return [];
    const put: Action[] = change !== undefined ? [change.action] : isLeft ? [{ do: "remove-file", path: KUBELET_PATCH, restoresOriginal: true }] : [];
    return [
      {
        step: "configure-kubelet",
        summary: different.length === 0 ? `${isLeft ? "remove" : "write"} ${KUBELET_PATCH}` : `set the kubelet's ${different.join(", ")}`,
        why: different.length === 0 ? (change?.why ?? "the file says nothing of it any more") : has === undefined ? `${CONFIG} is not to be read` : "it runs with another configuration",
        risk: "safe",
        run: [
          ...put,
          {
            do: "script",
            // Pods go on while the kubelet starts anew.
            script: { text: `mkdir -p ${KUBEADM_PATCHES}\nkubeadm upgrade node phase kubelet-config --patches ${KUBEADM_PATCHES}\nsystemctl restart kubelet` },
            shown: `kubeadm upgrade node phase kubelet-config --patches ${KUBEADM_PATCHES} && systemctl restart kubelet`,
            deadlineMs: 120_000,
            hint: "journalctl -u kubelet shows what it says",
          },
        ],
      },
    ];
  },
};

/** What is not set, and what kubeadm writes for it, are the same. */
function normal(value: unknown, field: string): unknown {
  if (value === undefined || value === null || value === 0 || (field === "containerLogMaxSize" && value === "")) return null;
  return typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, amount]) => [key, String(amount)])) : String(value);
}
