/** The platform's own kinds: names, scope and the columns that `kubectl get` prints, as upstream's definitions have them. Schemas are elsewhere. */

/** Name, type, JSON path, and priority where it is shown only with `-o wide`. */
export type Column = readonly [name: string, type: "string" | "integer" | "boolean" | "date", jsonPath: string, priority?: number];

export interface CrdRow {
  group: string;
  version: string;
  kind: string;
  plural: string;
  scope?: "Cluster";
  shortNames?: readonly string[];
  categories?: readonly string[];
  columns?: readonly Column[];
  hasStatus?: boolean;
  scale?: { spec: string; status: string; selector?: string };
}

const AGE: Column = ["Age", "date", ".metadata.creationTimestamp"];
const condition = (type: string, field: "status" | "message" | "reason"): string => `.status.conditions[?(@.type=="${type}")].${field}`;
const READY: Column = ["Ready", "string", condition("Ready", "status")];
const STATUS: Column = ["Status", "string", condition("Ready", "message")];
const wide = (column: Column): Column => [column[0], column[1], column[2], 1];

type Short = Omit<CrdRow, "group" | "version">;
const inGroup = (group: string, version: string, rows: readonly Short[]): CrdRow[] => rows.map((row) => ({ group, version, ...row }));

/** `traefik`, `cert-manager`, …: the component that brings them → its kinds. */
export const CRD_TABLE = {
  traefik: inGroup("traefik.io", "v1alpha1", [
    { kind: "IngressRoute", plural: "ingressroutes" },
    { kind: "IngressRouteTCP", plural: "ingressroutetcps" },
    { kind: "IngressRouteUDP", plural: "ingressrouteudps" },
    { kind: "Middleware", plural: "middlewares" },
    { kind: "MiddlewareTCP", plural: "middlewaretcps" },
    { kind: "ServersTransport", plural: "serverstransports" },
    { kind: "ServersTransportTCP", plural: "serverstransporttcps" },
    { kind: "TLSOption", plural: "tlsoptions" },
    { kind: "TLSStore", plural: "tlsstores" },
    { kind: "TraefikService", plural: "traefikservices" },
  ]),
  "gateway-api": inGroup("gateway.networking.k8s.io", "v1", [
    { kind: "GatewayClass", plural: "gatewayclasses", scope: "Cluster", shortNames: ["gc"], categories: ["gateway-api"], hasStatus: true, columns: [["Controller", "string", ".spec.controllerName"], ["Accepted", "string", condition("Accepted", "status")], AGE, ["Description", "string", ".spec.description", 1]] },
    { kind: "Gateway", plural: "gateways", shortNames: ["gtw"], categories: ["gateway-api"], hasStatus: true, columns: [["Class", "string", ".spec.gatewayClassName"], ["Address", "string", ".status.addresses[*].value"], ["Programmed", "string", condition("Programmed", "status")], AGE] },
    { kind: "HTTPRoute", plural: "httproutes", categories: ["gateway-api"], hasStatus: true, columns: [["Hostnames", "string", ".spec.hostnames"], AGE] },
    { kind: "GRPCRoute", plural: "grpcroutes", categories: ["gateway-api"], hasStatus: true, columns: [["Hostnames", "string", ".spec.hostnames"], AGE] },
    { kind: "BackendTLSPolicy", plural: "backendtlspolicies", shortNames: ["btlspolicy"], categories: ["gateway-api"], hasStatus: true, columns: [AGE] },
    { kind: "ListenerSet", plural: "listenersets", shortNames: ["lset"], categories: ["gateway-api"], hasStatus: true, columns: [["Accepted", "string", condition("Accepted", "status")], ["Programmed", "string", condition("Programmed", "status")], AGE] },
    { kind: "TLSRoute", plural: "tlsroutes", categories: ["gateway-api"], hasStatus: true, columns: [["Hostnames", "string", ".spec.hostnames"], AGE] },
    { kind: "ReferenceGrant", plural: "referencegrants", shortNames: ["refgrant"], categories: ["gateway-api"], columns: [AGE] },
  ]),
  "cert-manager": [
    ...inGroup("cert-manager.io", "v1", [
      { kind: "Certificate", plural: "certificates", shortNames: ["cert", "certs"], categories: ["cert-manager"], hasStatus: true, columns: [READY, ["Secret", "string", ".spec.secretName"], ["Issuer", "string", ".spec.issuerRef.name", 1], wide(STATUS), AGE] },
      { kind: "CertificateRequest", plural: "certificaterequests", shortNames: ["cr", "crs"], categories: ["cert-manager"], hasStatus: true, columns: [["Approved", "string", condition("Approved", "status")], ["Denied", "string", condition("Denied", "status")], READY, ["Issuer", "string", ".spec.issuerRef.name"], ["Requester", "string", ".spec.username"], wide(STATUS), AGE] },
      { kind: "Issuer", plural: "issuers", categories: ["cert-manager"], hasStatus: true, columns: [READY, wide(STATUS), AGE] },
      { kind: "ClusterIssuer", plural: "clusterissuers", scope: "Cluster", categories: ["cert-manager"], hasStatus: true, columns: [READY, wide(STATUS), AGE] },
    ]),
    ...inGroup("acme.cert-manager.io", "v1", [
      { kind: "Challenge", plural: "challenges", categories: ["cert-manager", "cert-manager-acme"], hasStatus: true, columns: [["State", "string", ".status.state"], ["Domain", "string", ".spec.dnsName"], ["Reason", "string", ".status.reason", 1], AGE] },
      { kind: "Order", plural: "orders", categories: ["cert-manager", "cert-manager-acme"], hasStatus: true, columns: [["State", "string", ".status.state"], ["Issuer", "string", ".spec.issuerRef.name", 1], ["Reason", "string", ".status.reason", 1], AGE] },
    ]),
  ],
  "cloudnative-pg": inGroup("postgresql.cnpg.io", "v1", [
    { kind: "Cluster", plural: "clusters", hasStatus: true, scale: { spec: ".spec.instances", status: ".status.instances" }, columns: [AGE, ["Instances", "integer", ".status.instances"], ["Ready", "integer", ".status.readyInstances"], ["Status", "string", ".status.phase"], ["Primary", "string", ".status.currentPrimary"]] },
    { kind: "Backup", plural: "backups", hasStatus: true, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["Method", "string", ".spec.method"], ["Phase", "string", ".status.phase"], ["Error", "string", ".status.error"]] },
    { kind: "ScheduledBackup", plural: "scheduledbackups", hasStatus: true, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["Last Backup", "date", ".status.lastScheduleTime"]] },
    { kind: "Pooler", plural: "poolers", hasStatus: true, scale: { spec: ".spec.instances", status: ".status.instances" }, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["Type", "string", ".spec.type"]] },
    { kind: "Database", plural: "databases", hasStatus: true, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["PG Name", "string", ".spec.name"], ["Applied", "boolean", ".status.applied"], ["Message", "string", ".status.message"]] },
    { kind: "Publication", plural: "publications", hasStatus: true, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["PG Name", "string", ".spec.name"], ["Applied", "boolean", ".status.applied"], ["Message", "string", ".status.message"]] },
    { kind: "Subscription", plural: "subscriptions", hasStatus: true, columns: [AGE, ["Cluster", "string", ".spec.cluster.name"], ["PG Name", "string", ".spec.name"], ["Applied", "boolean", ".status.applied"], ["Message", "string", ".status.message"]] },
    { kind: "ImageCatalog", plural: "imagecatalogs", columns: [AGE] },
    { kind: "ClusterImageCatalog", plural: "clusterimagecatalogs", scope: "Cluster", columns: [AGE] },
    { kind: "FailoverQuorum", plural: "failoverquorums", hasStatus: true },
  ]),
  "mariadb-operator": inGroup("k8s.mariadb.com", "v1alpha1", [
    { kind: "MariaDB", plural: "mariadbs", shortNames: ["mdb"], hasStatus: true, scale: { spec: ".spec.replicas", status: ".status.replicas" }, columns: [READY, STATUS, ["Primary", "string", ".status.currentPrimary"], ["Updates", "string", ".spec.updateStrategy.type"], AGE] },
    { kind: "Backup", plural: "backups", shortNames: ["bmdb"], hasStatus: true, columns: [["Complete", "string", condition("Complete", "status")], ["Status", "string", condition("Complete", "message")], ["MariaDB", "string", ".spec.mariaDbRef.name"], AGE] },
    { kind: "Restore", plural: "restores", shortNames: ["rmdb"], hasStatus: true, columns: [["Complete", "string", condition("Complete", "status")], ["Status", "string", condition("Complete", "message")], ["MariaDB", "string", ".spec.mariaDbRef.name"], AGE] },
    { kind: "Connection", plural: "connections", shortNames: ["cmdb"], hasStatus: true, columns: [READY, STATUS, ["Secret", "string", ".spec.secretName"], AGE] },
    { kind: "Database", plural: "databases", shortNames: ["dmdb"], hasStatus: true, columns: [READY, STATUS, ["CharSet", "string", ".spec.characterSet"], ["Collate", "string", ".spec.collate"], ["MariaDB", "string", ".spec.mariaDbRef.name"], AGE, ["Name", "string", ".spec.name"]] },
    { kind: "User", plural: "users", shortNames: ["umdb"], hasStatus: true, columns: [READY, STATUS, ["MaxConns", "string", ".spec.maxUserConnections"], ["MariaDB", "string", ".spec.mariaDbRef.name"], AGE] },
    { kind: "Grant", plural: "grants", shortNames: ["gmdb"], hasStatus: true, columns: [READY, STATUS, ["Database", "string", ".spec.database"], ["Table", "string", ".spec.table"], ["Username", "string", ".spec.username"], ["MariaDB", "string", ".spec.mariaDbRef.name"], AGE] },
    { kind: "MaxScale", plural: "maxscales", shortNames: ["mxs"], hasStatus: true, columns: [READY, STATUS, AGE] },
  ]),
  metallb: [
    ...inGroup("metallb.io", "v1beta1", [
      { kind: "IPAddressPool", plural: "ipaddresspools", hasStatus: true, columns: [["Auto Assign", "boolean", ".spec.autoAssign"], ["Avoid Buggy IPs", "boolean", ".spec.avoidBuggyIPs"], ["Addresses", "string", ".spec.addresses"]] },
      { kind: "L2Advertisement", plural: "l2advertisements", hasStatus: true, columns: [["IPAddressPools", "string", ".spec.ipAddressPools"], ["IPAddressPool Selectors", "string", ".spec.ipAddressPoolSelectors"], ["Interfaces", "string", ".spec.interfaces"], ["Node Selectors", "string", ".spec.nodeSelectors", 10]] },
      { kind: "BGPAdvertisement", plural: "bgpadvertisements", hasStatus: true, columns: [["IPAddressPools", "string", ".spec.ipAddressPools"], ["IPAddressPool Selectors", "string", ".spec.ipAddressPoolSelectors"], ["Peers", "string", ".spec.peers"], ["Node Selectors", "string", ".spec.nodeSelectors", 10]] },
      { kind: "BFDProfile", plural: "bfdprofiles", hasStatus: true },
      { kind: "Community", plural: "communities", hasStatus: true },
      { kind: "ServiceL2Status", plural: "servicel2statuses", hasStatus: true, columns: [["Allocated Node", "string", ".status.node"], ["Service Name", "string", ".status.serviceName"], ["Service Namespace", "string", ".status.serviceNamespace"]] },
    ]),
    ...inGroup("metallb.io", "v1beta2", [
      { kind: "BGPPeer", plural: "bgppeers", hasStatus: true, columns: [["Address", "string", ".spec.peerAddress"], ["ASN", "string", ".spec.peerASN"], ["BFD Profile", "string", ".spec.bfdProfile"], ["Multi Hops", "string", ".spec.ebgpMultiHop"]] },
    ]),
  ],
  volsync: inGroup("volsync.backube", "v1alpha1", [
    { kind: "ReplicationSource", plural: "replicationsources", hasStatus: true, columns: [["Source", "string", ".spec.sourcePVC"], ["Last sync", "string", ".status.lastSyncTime"], ["Duration", "string", ".status.lastSyncDuration"], ["Next sync", "string", ".status.nextSyncTime"]] },
    { kind: "ReplicationDestination", plural: "replicationdestinations", hasStatus: true, columns: [["Last sync", "string", ".status.lastSyncTime"], ["Duration", "string", ".status.lastSyncDuration"], ["Next sync", "string", ".status.nextSyncTime"]] },
  ]),
  k3s: [
    ...inGroup("helm.cattle.io", "v1", [
      { kind: "HelmChart", plural: "helmcharts", hasStatus: true, columns: [["Repo", "string", ".spec.repo"], ["Chart", "string", ".spec.chart"], ["Version", "string", ".spec.version"], ["TargetNamespace", "string", ".spec.targetNamespace"], ["Bootstrap", "boolean", ".spec.bootstrap"], ["Failed", "string", condition("Failed", "status")], ["Job", "string", ".status.jobName"]] },
      { kind: "HelmChartConfig", plural: "helmchartconfigs" },
    ]),
    ...inGroup("k3s.cattle.io", "v1", [
      { kind: "Addon", plural: "addons", columns: [["Source", "string", ".spec.source"], ["Checksum", "string", ".spec.checksum"]] },
      { kind: "ETCDSnapshotFile", plural: "etcdsnapshotfiles", scope: "Cluster", hasStatus: true, columns: [["SnapshotName", "string", ".spec.snapshotName"], ["Node", "string", ".spec.nodeName"], ["Location", "string", ".spec.location"], ["Size", "string", ".status.size"], ["CreationTime", "date", ".status.creationTime"]] },
    ]),
  ],
  flux: [
    ...inGroup("source.toolkit.fluxcd.io", "v1", [
      { kind: "GitRepository", plural: "gitrepositories", shortNames: ["gitrepo"], hasStatus: true, columns: [["URL", "string", ".spec.url"], AGE, READY, STATUS] },
      { kind: "OCIRepository", plural: "ocirepositories", shortNames: ["ocirepo"], hasStatus: true, columns: [["URL", "string", ".spec.url"], READY, STATUS, AGE] },
      { kind: "HelmRepository", plural: "helmrepositories", shortNames: ["helmrepo"], hasStatus: true, columns: [["URL", "string", ".spec.url"], AGE, READY, STATUS] },
      { kind: "HelmChart", plural: "helmcharts", shortNames: ["hc"], hasStatus: true, columns: [["Chart", "string", ".spec.chart"], ["Version", "string", ".spec.version"], ["Source Kind", "string", ".spec.sourceRef.kind"], ["Source Name", "string", ".spec.sourceRef.name"], AGE, READY, STATUS] },
      { kind: "Bucket", plural: "buckets", hasStatus: true, columns: [["Endpoint", "string", ".spec.endpoint"], AGE, READY, STATUS] },
    ]),
    ...inGroup("kustomize.toolkit.fluxcd.io", "v1", [{ kind: "Kustomization", plural: "kustomizations", shortNames: ["ks"], hasStatus: true, columns: [AGE, READY, STATUS] }]),
    ...inGroup("helm.toolkit.fluxcd.io", "v2", [{ kind: "HelmRelease", plural: "helmreleases", shortNames: ["hr"], hasStatus: true, columns: [AGE, READY, STATUS] }]),
    ...inGroup("notification.toolkit.fluxcd.io", "v1beta3", [
      { kind: "Alert", plural: "alerts", columns: [AGE] },
      { kind: "Provider", plural: "providers", columns: [AGE] },
    ]),
    ...inGroup("notification.toolkit.fluxcd.io", "v1", [{ kind: "Receiver", plural: "receivers", hasStatus: true, columns: [AGE, READY, STATUS] }]),
    ...inGroup("image.toolkit.fluxcd.io", "v1", [
      { kind: "ImageRepository", plural: "imagerepositories", shortNames: ["imgrepo", "imagerepo"], hasStatus: true, columns: [["Image", "string", ".spec.image"], ["Tags", "string", ".status.lastScanResult.tagCount"], READY, wide(STATUS), AGE] },
      { kind: "ImagePolicy", plural: "imagepolicies", shortNames: ["imgpol", "imagepol"], hasStatus: true, columns: [["Image", "string", ".status.latestRef.name"], ["Tag", "string", ".status.latestRef.tag"], READY, wide(STATUS), AGE] },
      { kind: "ImageUpdateAutomation", plural: "imageupdateautomations", shortNames: ["iua", "imgupd", "imgauto"], hasStatus: true, columns: [READY, wide(STATUS), AGE] },
    ]),
  ],
  "argo-cd": inGroup("argoproj.io", "v1alpha1", [
    { kind: "Application", plural: "applications", shortNames: ["app", "apps"], columns: [["Sync Status", "string", ".status.sync.status"], ["Health Status", "string", ".status.health.status"], ["Revision", "string", ".status.sync.revision", 10], ["Project", "string", ".spec.project", 10]] },
    { kind: "ApplicationSet", plural: "applicationsets", shortNames: ["appset", "appsets"], hasStatus: true },
    { kind: "AppProject", plural: "appprojects", shortNames: ["appproj", "appprojs"] },
  ]),
  prometheus: [
    ...inGroup("monitoring.coreos.com", "v1", [
      { kind: "Alertmanager", plural: "alertmanagers", shortNames: ["am"], categories: ["prometheus-operator"], hasStatus: true, columns: [["Version", "string", ".spec.version"], ["Replicas", "integer", ".spec.replicas"], ["Ready", "integer", ".status.availableReplicas"], ["Reconciled", "string", condition("Reconciled", "status")], ["Available", "string", condition("Available", "status")], AGE, ["Paused", "boolean", ".status.paused", 1]] },
      { kind: "PodMonitor", plural: "podmonitors", shortNames: ["pmon"], categories: ["prometheus-operator"], hasStatus: true },
      { kind: "Probe", plural: "probes", shortNames: ["prb"], categories: ["prometheus-operator"], hasStatus: true },
      { kind: "Prometheus", plural: "prometheuses", shortNames: ["prom"], categories: ["prometheus-operator"], hasStatus: true, columns: [["Version", "string", ".spec.version"], ["Desired", "integer", ".spec.replicas"], ["Ready", "integer", ".status.availableReplicas"], ["Reconciled", "string", condition("Reconciled", "status")], ["Available", "string", condition("Available", "status")], AGE, ["Paused", "boolean", ".status.paused", 1]] },
      { kind: "PrometheusRule", plural: "prometheusrules", shortNames: ["promrule"], categories: ["prometheus-operator"], hasStatus: true },
      { kind: "ServiceMonitor", plural: "servicemonitors", shortNames: ["smon"], categories: ["prometheus-operator"], hasStatus: true },
      { kind: "ThanosRuler", plural: "thanosrulers", shortNames: ["ruler"], categories: ["prometheus-operator"], hasStatus: true },
    ]),
    ...inGroup("monitoring.coreos.com", "v1alpha1", [
      { kind: "AlertmanagerConfig", plural: "alertmanagerconfigs", shortNames: ["amcfg"], categories: ["prometheus-operator"], hasStatus: true },
      { kind: "ScrapeConfig", plural: "scrapeconfigs", shortNames: ["scfg"], categories: ["prometheus-operator"], hasStatus: true },
    ]),
  ],
  longhorn: inGroup("longhorn.io", "v1beta2", [
    { kind: "Volume", plural: "volumes", shortNames: ["lhv"], hasStatus: true, columns: [["Data Engine", "string", ".spec.dataEngine"], ["State", "string", ".status.state"], ["Robustness", "string", ".status.robustness"], ["Scheduled", "string", condition("Scheduled", "status")], ["Size", "string", ".spec.size"], ["Node", "string", ".status.currentNodeID"], AGE] },
    { kind: "Engine", plural: "engines", shortNames: ["lhe"], hasStatus: true, columns: [["Data Engine", "string", ".spec.dataEngine"], ["State", "string", ".status.currentState"], ["Node", "string", ".spec.nodeID"], ["InstanceManager", "string", ".status.instanceManagerName"], ["Image", "string", ".status.currentImage"], AGE] },
    { kind: "Replica", plural: "replicas", shortNames: ["lhr"], hasStatus: true, columns: [["Data Engine", "string", ".spec.dataEngine"], ["State", "string", ".status.currentState"], ["Node", "string", ".spec.nodeID"], ["Disk", "string", ".spec.diskID"], ["InstanceManager", "string", ".status.instanceManagerName"], ["Image", "string", ".status.currentImage"], AGE] },
    { kind: "Node", plural: "nodes", shortNames: ["lhn"], hasStatus: true, columns: [READY, ["AllowScheduling", "boolean", ".spec.allowScheduling"], ["Schedulable", "string", condition("Schedulable", "status")], AGE] },
    { kind: "Setting", plural: "settings", shortNames: ["lhs"], hasStatus: true, columns: [["Value", "string", ".value"], ["Applied", "boolean", ".status.applied"], AGE] },
    { kind: "RecurringJob", plural: "recurringjobs", shortNames: ["lhrj"], hasStatus: true, columns: [["Groups", "string", ".spec.groups"], ["Task", "string", ".spec.task"], ["Cron", "string", ".spec.cron"], ["Retain", "integer", ".spec.retain"], ["Concurrency", "integer", ".spec.concurrency"], AGE] },
    { kind: "BackupTarget", plural: "backuptargets", shortNames: ["lhbt"], hasStatus: true },
  ]),
  "rook-ceph": inGroup("ceph.rook.io", "v1", [
    { kind: "CephCluster", plural: "cephclusters", shortNames: ["ceph"], hasStatus: true, columns: [["DataDirHostPath", "string", ".spec.dataDirHostPath"], ["MonCount", "string", ".spec.mon.count"], AGE, ["Phase", "string", ".status.phase"], ["Message", "string", ".status.message"], ["Health", "string", ".status.ceph.health"], ["External", "boolean", ".spec.external.enable"], ["FSID", "string", ".status.ceph.fsid"]] },
    { kind: "CephBlockPool", plural: "cephblockpools", shortNames: ["cephbp"], hasStatus: true, columns: [["Phase", "string", ".status.phase"], ["Type", "string", ".status.info.type"], ["FailureDomain", "string", ".status.info.failureDomain"], wide(["Replication", "integer", ".spec.replicated.size"]), AGE] },
    { kind: "CephFilesystem", plural: "cephfilesystems", shortNames: ["cephfs"], hasStatus: true, columns: [["ActiveMDS", "string", ".spec.metadataServer.activeCount"], AGE, ["Phase", "string", ".status.phase"]] },
    { kind: "CephObjectStore", plural: "cephobjectstores", shortNames: ["cephos"], hasStatus: true, columns: [["Phase", "string", ".status.phase"], AGE] },
  ]),
  piraeus: inGroup("piraeus.io", "v1", [
    { kind: "LinstorCluster", plural: "linstorclusters", scope: "Cluster", hasStatus: true, columns: [["Available", "string", condition("Available", "status")], AGE] },
    { kind: "LinstorSatelliteConfiguration", plural: "linstorsatelliteconfigurations", scope: "Cluster", hasStatus: true },
    { kind: "LinstorSatellite", plural: "linstorsatellites", scope: "Cluster", hasStatus: true, columns: [["Connected", "string", condition("Available", "status")], AGE] },
    { kind: "LinstorNodeConnection", plural: "linstornodeconnections", scope: "Cluster", hasStatus: true },
  ]),
  calico: [
    ...inGroup("operator.tigera.io", "v1", [
      { kind: "Installation", plural: "installations", scope: "Cluster", hasStatus: true },
      { kind: "APIServer", plural: "apiservers", scope: "Cluster", hasStatus: true },
      { kind: "TigeraStatus", plural: "tigerastatuses", scope: "Cluster", hasStatus: true, columns: [["Available", "string", condition("Available", "status")], ["Progressing", "string", condition("Progressing", "status")], ["Degraded", "string", condition("Degraded", "status")], ["Since", "date", ".status.conditions[?(@.type=='Available')].lastTransitionTime"]] },
    ]),
    ...inGroup("crd.projectcalico.org", "v1", [
      { kind: "IPPool", plural: "ippools", scope: "Cluster" },
      { kind: "FelixConfiguration", plural: "felixconfigurations", scope: "Cluster" },
      { kind: "BGPConfiguration", plural: "bgpconfigurations", scope: "Cluster" },
      { kind: "BGPPeer", plural: "bgppeers", scope: "Cluster" },
      { kind: "GlobalNetworkPolicy", plural: "globalnetworkpolicies", scope: "Cluster" },
      { kind: "NetworkPolicy", plural: "networkpolicies" },
    ]),
  ],
  cilium: inGroup("cilium.io", "v2", [
    { kind: "CiliumNetworkPolicy", plural: "ciliumnetworkpolicies", shortNames: ["cnp", "ciliumnp"], hasStatus: true, columns: [AGE, ["Valid", "string", condition("Valid", "status")]] },
    { kind: "CiliumClusterwideNetworkPolicy", plural: "ciliumclusterwidenetworkpolicies", scope: "Cluster", shortNames: ["ccnp"], hasStatus: true, columns: [["Valid", "string", condition("Valid", "status")]] },
    { kind: "CiliumNode", plural: "ciliumnodes", scope: "Cluster", shortNames: ["cn", "ciliumn"], hasStatus: true, columns: [["CiliumInternalIP", "string", ".spec.addresses[?(@.type==\"CiliumInternalIP\")].ip"], ["InternalIP", "string", ".spec.addresses[?(@.type==\"InternalIP\")].ip"], AGE] },
    { kind: "CiliumEndpoint", plural: "ciliumendpoints", shortNames: ["cep", "ciliumep"], hasStatus: true, columns: [["Security Identity", "integer", ".status.identity.id"], ["Endpoint State", "string", ".status.state"], ["IPv4", "string", ".status.networking.addressing[0].ipv4"], ["IPv6", "string", ".status.networking.addressing[0].ipv6"]] },
    { kind: "CiliumLoadBalancerIPPool", plural: "ciliumloadbalancerippools", scope: "Cluster", shortNames: ["ippools", "ippool", "lbippool", "lbippools"], hasStatus: true },
  ]),
} satisfies Record<string, CrdRow[]>;

export type CrdSet = keyof typeof CRD_TABLE;
