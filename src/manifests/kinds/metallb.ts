/** MetalLB's kinds as far as we write them. Source: metallb.io, "Configuration", and its API reference 0.16. */
interface Meta {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}

export interface IPAddressPool {
  apiVersion: "metallb.io/v1beta1";
  kind: "IPAddressPool";
  metadata: Meta;
  spec: { addresses: string[]; autoAssign: boolean; avoidBuggyIPs: boolean };
}

export interface Advertisement {
  apiVersion: "metallb.io/v1beta1";
  kind: "L2Advertisement" | "BGPAdvertisement";
  metadata: Meta;
  spec: { ipAddressPools: string[] };
}
