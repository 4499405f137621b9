/**
 * Images that the mirror has, of what may run on the machine, given to containerd before it joins: a cluster comes up without any registry. Later the kubelet sees to its
 * images itself.
 */
import type { Homelab, Taint } from "../config/homelab.ts";
import { imageArchive, nodeImages } from "../manifests/cluster/artifacts.ts";
import { nodeTaints } from "../manifests/node-labels.ts";
import { renderHomelab } from "../manifests/render-homelab.ts";
import type { Change } from "./change.ts";
import { usesContainerd } from "./install-container-runtime.ts";
import type { Step, Want } from "./step.ts";

type Tolerations = readonly { readonly key?: string; readonly operator?: string; readonly value?: string; readonly effect?: string }[];

/** By image, the tolerations of each pod that runs it; undefined for what says of no pod where it may run. */
type Rendered = ReadonlyMap<string, readonly (Tolerations | undefined)[]>;

const imagesByHomelab = new WeakMap<Homelab, Rendered>();

/** local-path keeps the pod that makes its directories as YAML in its ConfigMap. */
const POD_TEMPLATE_IMAGE = /^ +(?:- )?image: (\S+)$/gm;

function rendered(homelab: Homelab): Rendered {
  const known = imagesByHomelab.get(homelab);
  if (known !== undefined) return known;
  const images = new Map<string, (Tolerations | undefined)[]>();
  const look = (value: unknown, key: string, tolerations: Tolerations | undefined): void => {
    if (Array.isArray(value)) for (const item of value) look(item, key, tolerations);
    else if (typeof value === "object" && value !== null) {
      const own = "containers" in value ? (((value as { tolerations?: Tolerations }).tolerations ?? []) as Tolerations) : tolerations;
      for (const [name, inner] of Object.entries(value)) look(inner, name, own);
    } else if (key === "image" && typeof value === "string" && /^[a-z0-9.:/_-]+$/i.test(value)) images.set(value, [...(images.get(value) ?? []), tolerations]);
  };
  for (const { object } of renderHomelab(homelab).flatMap(({ objects }) => objects)) {
    look(object["spec"], "spec", undefined);
    if (object.kind === "ConfigMap") for (const text of Object.values((object["data"] ?? {}) as Record<string, string>)) for (const [, image] of text.matchAll(POD_TEMPLATE_IMAGE)) look(image, "image", undefined);
  }
  imagesByHomelab.set(homelab, images);
  return images;
}

const isTolerated = (taint: Taint, tolerations: Tolerations): boolean =>
  tolerations.some(({ key, operator, value, effect }) => (key === undefined || key === taint.key) && (effect === undefined || effect === taint.effect) && (operator === "Exists" || (value ?? "") === taint.value));

/** Images of everything that is rendered and may run on this machine, sorted: a tainted one takes few pods. */
export function renderedImages({ homelab, machine }: Pick<Want, "homelab" | "machine">): readonly string[] {
  const taints = nodeTaints(machine).filter(({ effect }) => effect !== "PreferNoSchedule");
  return [...rendered(homelab)].filter(([, pods]) => pods.some((tolerations) => tolerations === undefined || taints.every((taint) => isTolerated(taint, tolerations)))).map(([image]) => image).sort();
}

export function imagesFor(want: Pick<Want, "homelab" | "machine">): string[] {
  return [...new Set([...nodeImages(want.homelab, want.machine), ...renderedImages(want)])].sort();
}

export const preloadImages: Step = {
  id: "preload-images",
  summary: "gives containerd the images that the mirror has",
  concerns: usesContainerd,
  decide(facts, want) {
    if (facts.kubernetes.kubeadm?.hasJoined === true) return [];
    const there = new Set(facts.directories[PRELOADED] ?? []);
    return imagesFor(want).flatMap((image): Change[] => {
      const artifact = imageArchive(image, want.machine);
      const sha256 = want.checksumOf(artifact.url);
      if (sha256 === undefined || there.has(sha256)) return [];
      return [
        {
          step: "preload-images",
          summary: `load ${image}`,
          why: "the mirror has it",
          risk: "safe",
          run: [
            { do: "copy", artifact, sha256, as: { kind: "image", reference: image } },
            { do: "script", script: { text: `mkdir -p ${PRELOADED} && : >${PRELOADED}/${sha256}` }, shown: `note that ${image} is loaded`, deadlineMs: 10_000 },
          ],
        },
      ];
    });
  },
  questions: () => ({ directories: [PRELOADED] }),
};

/** One empty file for each archive that containerd has taken, among its own data: what takes the images away takes these, too. */
const PRELOADED = "/var/lib/containerd/kubernest-preloaded";
