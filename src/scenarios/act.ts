/** What a person does in a scenario, as data: the few commands that mend a cluster after a loss, or move things about before one. */

export interface ActKind {
  /** As written in scenarios: `force-delete-pod`. */
  readonly id: string;
  readonly on: "machine" | "pods";
  /** What is done, said of a target. */
  does(target: string): string;
  /** What is typed for it. */
  command(target: string): string;
}

const [namespaceOf, nameOf] = [(target: string): string => target.split("/")[0]!, (target: string): string => target.split("/")[1] ?? ""];

const TABLE = {
  cordon: { id: "cordon", on: "machine", does: (node) => `${node} is closed to new pods`, command: (node) => `kubectl cordon ${node}` },
  uncordon: { id: "uncordon", on: "machine", does: (node) => `${node} is open to pods again`, command: (node) => `kubectl uncordon ${node}` },
  drain: { id: "drain", on: "machine", does: (node) => `${node} is drained`, command: (node) => `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data` },
  "out-of-service": { id: "out-of-service", on: "machine", does: (node) => `${node} is said to be out of service`, command: (node) => `kubectl taint node ${node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute` },
  "in-service": { id: "in-service", on: "machine", does: (node) => `${node} is said to be in service again`, command: (node) => `kubectl taint node ${node} node.kubernetes.io/out-of-service-` },
  "delete-node": { id: "delete-node", on: "machine", does: (node) => `the node ${node} is deleted`, command: (node) => `kubectl delete node ${node}` },
  "delete-pod": { id: "delete-pod", on: "pods", does: (pods) => `pods of ${pods} are deleted`, command: (pods) => `kubectl -n ${namespaceOf(pods)} delete pod ${nameOf(pods)}` },
  "force-delete-pod": { id: "force-delete-pod", on: "pods", does: (pods) => `terminating pods of ${pods} are deleted by force`, command: (pods) => `kubectl -n ${namespaceOf(pods)} delete pod ${nameOf(pods)} --grace-period=0 --force` },
  "add-webhook": { id: "add-webhook", on: "pods", does: (pods) => `every pod that is made must pass a webhook of ${pods} (failurePolicy Fail)`, command: (pods) => `kubectl apply -f webhook-of-${nameOf(pods)}.yaml` },
  "remove-webhook": { id: "remove-webhook", on: "pods", does: (pods) => `the webhook of ${pods} is asked no more`, command: (pods) => `kubectl delete validatingwebhookconfiguration ${nameOf(pods)}` },
} as const satisfies Readonly<Record<string, ActKind>>;

export type ActId = keyof typeof TABLE;

export const ACTS: Readonly<Record<ActId, ActKind>> = TABLE;
export const ACT_IDS = Object.keys(TABLE) as readonly ActId[];

export interface Act {
  readonly id: ActId;
  /** A machine by its name in the file, or `NAMESPACE/NAME` of a pod, or of what owns it. */
  readonly target: string;
}
