import { objectName } from "../../manifests/names.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

const mainService = ({ homelab }: Struck, app: string) => Object.values(homelab.apps[app]!.services)[0]!;

const imageOf = (struck: Struck, app: string): string => mainService(struck, app).image;

const TYPES = { deployment: "apps/deployments", "stateful-set": "apps/statefulsets", "daemon-set": "apps/daemonsets" } as const;

function setImage(struck: Struck, name: string, image: string): void {
  const app = struck.homelab.apps[name]!;
  const service = mainService(struck, name);
  const { client } = struck.cluster;
  const workload = client.get(TYPES[service.kind], app.namespace, objectName(app, service.name));
  if (workload === undefined) return;
  const containers = (workload["spec"].template.spec.containers as { name: string; image: string }[]).map((container, index) => (index === 0 ? { ...container, image } : container));
  client.patch(TYPES[service.kind], app.namespace, workload.metadata.name, { spec: { template: { spec: { containers } } } });
}

export const BAD_IMAGE_EFFECT: FaultEffect = {
  begin: (struck, target) => {
    const image = `${imageOf(struck, target)}-does-not-exist`;
    struck.cluster.agents.registries.setThere(image, false);
    setImage(struck, target, image);
  },
  end: (struck, target) => setImage(struck, target, imageOf(struck, target)),
};
