import { mainService, patchTemplate, workloadOf } from "./app-workload.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

function setImage(struck: Struck, name: string, image: string): void {
  const containers = ((workloadOf(struck, name)?.["spec"].template.spec.containers ?? []) as { name: string; image: string }[]).map((container, index) => (index === 0 ? { ...container, image } : container));
  patchTemplate(struck, name, { spec: { containers } });
}

export const BAD_IMAGE_EFFECT: FaultEffect = {
  begin: (struck, target) => {
    const image = `${mainService(struck, target).image}-does-not-exist`;
    struck.cluster.agents.registries.setThere(image, false);
    setImage(struck, target, image);
  },
  end: (struck, target) => setImage(struck, target, mainService(struck, target).image),
};
