/** ControllerRevisions: the templates a StatefulSet or DaemonSet had (`pkg/controller/history`). */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { stableJson } from "../../lib/json.ts";
import { selectorMatches, type LabelSelector } from "../../lib/label-selector.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import { ApiError } from "../api/status.ts";
import { claim, controllerOf, controllerRef } from "./controller-ref.ts";
import type { ControllerRevision, PodTemplate } from "./shapes.ts";
import { revisionHash, templateHash } from "./template-hash.ts";

export const REVISIONS = "apps/controllerrevisions";
/** On pods, and on a DaemonSet's revisions. */
export const REVISION_HASH_LABEL = "controller-revision-hash";
/** On a StatefulSet's revisions. */
const HISTORY_HASH_LABEL = "controller.kubernetes.io/hash";
const NAME_PREFIX_LENGTH_MAX = 223;

type Owner = KubeObject & { spec: { selector: LabelSelector; template: PodTemplate } };

/** The owner's revisions, oldest first; matching orphans are adopted. */
export function listRevisions(client: SimClient, owner: Owner): ControllerRevision[] {
  const { namespace, uid } = owner.metadata;
  const { selector } = owner.spec;
  const candidates = client
    .list<ControllerRevision>(REVISIONS, { namespace, labels: selector.matchLabels })
    .filter((revision) => (controllerOf(revision)?.uid ?? uid) === uid);
  const revisions = claim(client, REVISIONS, owner, candidates, (revision) => selectorMatches(selector, revision.metadata.labels));
  return revisions.sort(byRevision);
}

export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const timeA = a.metadata.creationTimestamp ?? "";
  const timeB = b.metadata.creationTimestamp ?? "";
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The patch that brings the template back, its keys in order: upstream compares revisions byte by byte. */
const dataOf = (template: PodTemplate): KubeObject["data"] => JSON.parse(stableJson({ spec: { template: { $patch: "replace", ...template } } })) as KubeObject["data"];

export function templateOf(revision: ControllerRevision): PodTemplate {
  const { $patch: _patch, ...template } = revision.data.spec.template;
  return template as PodTemplate;
}

export const isSameRevision = (revision: ControllerRevision, template: PodTemplate): boolean => semanticEqual(templateOf(revision), template);

/** The revision of the owner's template: the newest when equal, an older one raised to the top, or a new one. */
export function revisionFor(
  client: SimClient,
  owner: Owner,
  revisions: readonly ControllerRevision[],
  collisionCount: number | undefined,
): { revision: ControllerRevision; collisionCount: number | undefined } {
  const last = revisions.at(-1);
  const next = (last?.revision ?? 0) + 1;
  const equal = revisions.filter((revision) => isSameRevision(revision, owner.spec.template)).at(-1);
  if (equal !== undefined && equal === last) return { revision: equal, collisionCount };
  if (equal !== undefined) return { revision: client.patch<ControllerRevision>(REVISIONS, equal.metadata.namespace, equal.metadata.name, { revision: next }), collisionCount };
  return createRevision(client, owner, next, collisionCount);
}

function createRevision(client: SimClient, owner: Owner, number: number, collisions: number | undefined): { revision: ControllerRevision; collisionCount: number | undefined } {
  let collisionCount = collisions;
  for (;;) {
    const { template } = owner.spec;
    // Two controllers, two habits: a StatefulSet hashes the revision's JSON, a DaemonSet its template.
    const isStateful = owner.kind === "StatefulSet";
    const data = dataOf(template);
    const hash = isStateful ? revisionHash(template, collisionCount) : templateHash(template, collisionCount);
    const name = `${owner.metadata.name.slice(0, NAME_PREFIX_LENGTH_MAX)}-${hash}`;
    const { namespace } = owner.metadata;
    const wanted: ControllerRevision = {
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [isStateful ? HISTORY_HASH_LABEL : REVISION_HASH_LABEL]: hash },
        ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
        ownerReferences: [controllerRef(owner)],
      },
      data,
      revision: number,
    };
    try {
      return { revision: client.create<ControllerRevision>(REVISIONS, wanted), collisionCount };
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      const namesake = client.get<ControllerRevision>(REVISIONS, namespace, name);
      if (namesake !== undefined && isSameRevision(namesake, template)) return { revision: namesake, collisionCount };
      collisionCount = (collisionCount ?? 0) + 1;
    }
  }
}

/** Deletes the oldest revisions that no pod has and that are beyond the limit. */
export function truncateHistory(client: SimClient, revisions: readonly ControllerRevision[], isLive: (revision: ControllerRevision) => boolean, limit: number): void {
  const dead = revisions.filter((revision) => !isLive(revision));
  for (const revision of dead.slice(0, Math.max(0, dead.length - limit))) {
    try {
      client.delete(REVISIONS, revision.metadata.namespace, revision.metadata.name);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    }
  }
}
