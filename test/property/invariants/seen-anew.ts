/** What users see of an app: the same whether it is known from before or looked at anew, and all of them served once everything is as it should be. */
import type { Homelab } from "../../../src/config/homelab.ts";
import type { UserView } from "../../../src/rehearse/prove/user-view.ts";
import { isDataGone, isReady, isTerminating, type Watched } from "./watched.ts";

/** A view looks again only where something has turned: what it did not look at again has to be as it was. */
export function seenAnew(homelab: Homelab, users: UserView): string | undefined {
  for (const [app, { share, why }] of users.look()) {
    const anew = users.of(homelab.apps[app]!);
    if (share !== anew.share || why !== anew.why) return `of ${app} a share of ${share} was known to be served (${why || "nothing in the way"}); looked at anew it is ${anew.share} (${anew.why || "nothing in the way"})`;
  }
  return undefined;
}

/** Apps all of whose pods are ready, and whose users are not served all the same. What has no pod, waits for room, or has lost its data serves nobody by rights; so does an ingress, or the cluster's DNS. */
export function unserved({ cluster, trial }: Watched, homelab: Homelab, users: UserView): string[] {
  const pods = cluster.client.list("pods").filter((pod) => !isTerminating(pod));
  const isWhole = (isOne: (pod: (typeof pods)[number]) => boolean): boolean => pods.some(isOne) && pods.filter(isOne).every(isReady);
  const isWayOpen = !trial.hasPlatform || isWhole(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === "traefik");
  if (!isWayOpen) return [];
  return [...users.look()].flatMap(([app, { share, why }]) => (share < 1 && !pods.some((pod) => pod.metadata.namespace === homelab.apps[app]!.namespace && isDataGone(cluster, pod)) && isWhole(({ metadata }) => metadata.namespace === homelab.apps[app]!.namespace) ? [`users of ${app} are not served: ${why}`] : []));
}
