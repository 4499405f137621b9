/** Images that the mirror has, given to containerd before the machine joins: a cluster comes up without any registry. Later the kubelet sees to its images itself. */
import { imageArchive, nodeImages } from "../manifests/cluster/artifacts.ts";
import { renderHomelab } from "../manifests/render-homelab.ts";
import type { Homelab } from "../config/homelab.ts";
import type { Change } from "./change.ts";
import { usesContainerd } from "./install-container-runtime.ts";
import type { Step, Want } from "./step.ts";

const imagesByHomelab = new WeakMap<Homelab, readonly string[]>();

/** local-path keeps the pod that makes its directories as YAML in its ConfigMap. */
const POD_TEMPLATE_IMAGE = /^ +(?:- )?image: (\S+)$/gm;

/** Images of everything that is rendered, sorted. */
export function renderedImages(homelab: Homelab): readonly string[] {
  const known = imagesByHomelab.get(homelab);
  if (known !== undefined) return known;
  const images = new Set<string>();
  const look = (value: unknown, key: string): void => {
    if (Array.isArray(value)) for (const item of value) look(item, key);
    else if (typeof value === "object" && value !== null) for (const [name, inner] of Object.entries(value)) look(inner, name);
    else if (key === "image" && typeof value === "string" && /^[a-z0-9.:/_-]+$/i.test(value)) images.add(value);
  };
  for (const { object } of renderHomelab(homelab).flatMap(({ objects }) => objects)) {
    look(object["spec"], "spec");
    if (object.kind === "ConfigMap") for (const text of Object.values((object["data"] ?? {}) as Record<string, string>)) for (const [, image] of text.matchAll(POD_TEMPLATE_IMAGE)) look(image, "image");
  }
  const sorted = [...images].sort();
  imagesByHomelab.set(homelab, sorted);
  return sorted;
}

export function imagesFor({ homelab, machine }: Pick<Want, "homelab" | "machine">): string[] {
  return [...new Set([...nodeImages(homelab, machine), ...renderedImages(homelab)])].sort();
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
