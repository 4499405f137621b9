/** The cluster's stages of `up`, in order. The network comes while machines join: a node is Ready only with it. */
export const CLUSTER_STAGES = [
  { id: "inventory", title: "Note what is ours in the cluster", after: ["form", "governing-server"] },
  { id: "network", title: "Bring up the network", after: ["inventory"] },
  { id: "nodes", title: "Settle the nodes", after: ["network", "join-control-planes", "join-workers"] },
  { id: "platform", title: "Install the platform", after: ["nodes"] },
  { id: "apps", title: "Deploy the apps", after: ["platform"] },
  { id: "ready", title: "Wait until all of it works", after: ["apps"] },
  { id: "prune", title: "Take away what left the file", after: ["ready"] },
] as const;

export type ClusterStageId = (typeof CLUSTER_STAGES)[number]["id"];
