// placeholder until the room's owner writes it
import type { Reconciler } from "./reconciler.ts";
import type { PodMetrics } from "../kubelet/pod-metrics.ts";
import { timingsFor } from "./timings.ts";
import { nodeLifecycleController } from "./node/node-lifecycle.ts"; import { podGcController } from "./node/pod-gc.ts"; import { nodeTaintController } from "./node/node-taints.ts"; import { taintEvictionController } from "./node/taint-eviction.ts";
import { daemonSetController } from "./daemon-set/daemon-set.ts"; import { ttlAfterFinishedController } from "./job/ttl-after-finished.ts"; import { jobController } from "./job/job.ts"; import { statefulSetController } from "./stateful-set/stateful-set.ts";
import { replicaSetController, replicationController } from "./replica-set.ts"; import { namespaceController } from "./namespace/namespace.ts"; import { disruptionController } from "./disruption/disruption.ts"; import { garbageCollector } from "./garbage-collector/garbage-collector.ts"; import { deploymentController } from "./deployment/deployment.ts"; import { rootCaPublisher } from "./service-account/root-ca-publisher.ts"; import { defaultServiceAccountController } from "./service-account/default-service-account.ts"; import { endpointsController } from "./endpoints/endpoints.ts"; import { endpointSliceController } from "./endpoints/endpoint-slice.ts";
export function allControllers(o: { version: string; certificateAuthority: string; podCidrs: readonly string[]; podMetrics: PodMetrics; issueCertificate(names: readonly string[]): { crt: string; key: string } }): Reconciler[] {
  const t = timingsFor(36);
  return [nodeLifecycleController(t), podGcController(t), nodeTaintController, taintEvictionController(), daemonSetController(), ttlAfterFinishedController, jobController(), statefulSetController(), replicaSetController(), replicationController(), namespaceController, disruptionController, garbageCollector(), deploymentController, rootCaPublisher(o.certificateAuthority), defaultServiceAccountController, endpointsController(), endpointSliceController()];
}
