/** The first service of an app, and what runs it: where a release is rolled out. */
import type { AppService } from "../../config/homelab.ts";
import { objectName } from "../../manifests/names.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Struck } from "./fault-effect.ts";
import { writeWhenPossible } from "./write-when-possible.ts";

const TYPES = { deployment: "apps/deployments", "stateful-set": "apps/statefulsets", "daemon-set": "apps/daemonsets" } as const;

export const mainService = ({ homelab }: Struck, app: string): AppService => Object.values(homelab.apps[app]!.services)[0]!;

/** Undefined where somebody has deleted it. */
export function workloadOf(struck: Struck, name: string): KubeObject | undefined {
  const app = struck.homelab.apps[name]!;
  const service = mainService(struck, name);
  return struck.cluster.client.get(TYPES[service.kind], app.namespace, objectName(app, service.name));
}

/** Merged into the workload's pod template: pods are replaced as its strategy says. */
export function patchTemplate(struck: Struck, name: string, template: object): void {
  const app = struck.homelab.apps[name]!;
  const service = mainService(struck, name);
  writeWhenPossible(struck, () => {
    if (workloadOf(struck, name) !== undefined) struck.cluster.client.patch(TYPES[service.kind], app.namespace, objectName(app, service.name), { spec: { template } });
  });
}
