/** Favours nodes that have the pod's images, by size, damped where few nodes have them. */
import type { Plugin } from "../plugin.ts";
import { NODE_SCORE_MAX } from "../plugin.ts";
import { withTag } from "../../kubelet/image-name.ts";

const MB = 1024 * 1024;
const THRESHOLD_MIN = 23 * MB;
const THRESHOLD_MAX_PER_CONTAINER = 1000 * MB;

export const imageLocality: Plugin = {
  name: "ImageLocality",
  weight: 1,
  requeueOn: [],
  scorer({ pod }, _feasible, view) {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const images = [
      ...containers.map((container) => withTag(container.image ?? "")),
      ...(pod.spec.volumes ?? []).flatMap((volume) => (volume.image?.reference ? [withTag(volume.image.reference)] : [])),
    ];
    const spreads = images.map((image) => view.imageNodeCount(image) / Math.max(1, view.nodes.length));
    if (spreads.every((spread) => spread === 0)) return undefined;
    const thresholdMax = THRESHOLD_MAX_PER_CONTAINER * containers.length;
    return {
      score(node) {
        let sum = 0;
        images.forEach((image, index) => (sum += Math.trunc((node.images.get(image) ?? 0) * spreads[index]!)));
        const bounded = Math.min(thresholdMax, Math.max(THRESHOLD_MIN, sum));
        return Math.trunc((NODE_SCORE_MAX * (bounded - THRESHOLD_MIN)) / (thresholdMax - THRESHOLD_MIN));
      },
    };
  },
};
