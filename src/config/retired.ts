/**
 * Words that guides still use for things that are gone, and what took their place: so that a reader of an old page gets an answer, not only
 * "unknown value". Kept apart from the schema, which knows only what is.
 */

export interface Retired {
  /** What happened, as the end of a sentence: `removed in Kubernetes 1.24`. */
  since: string;
  /** What to write or use instead, one sentence. */
  instead: string;
}

const INGRESS_NGINX: Retired = {
  since: "ingress-nginx was retired in March 2026 and gets no fixes",
  instead: "Use `ingress: traefik`; standard Ingress objects go on working with `routing: ingress`.",
};
const DOCKERSHIM: Retired = {
  since: "the kubelet's Docker support (dockershim) was removed in Kubernetes 1.24",
  instead: "Use `containerRuntime: containerd`: images built with Docker run unchanged.",
};

/** By field, then by the value as a user writes it (lower case). */
const RETIRED: Readonly<Record<string, Readonly<Record<string, Retired>>>> = {
  ingress: { nginx: INGRESS_NGINX, "ingress-nginx": INGRESS_NGINX, "nginx-ingress": INGRESS_NGINX },
  containerRuntime: {
    docker: DOCKERSHIM,
    dockershim: DOCKERSHIM,
    "cri-dockerd": DOCKERSHIM,
    rkt: { since: "rkt and rktlet were archived in 2019–2020", instead: "Use `containerRuntime: containerd`." },
    rktlet: { since: "rktlet was archived in 2019", instead: "Use `containerRuntime: containerd`." },
    lxe: { since: "LXE speaks only the CRI v1alpha2 that Kubernetes 1.26 removed", instead: "Use `containerRuntime: containerd`." },
    lxd: { since: "LXE speaks only the CRI v1alpha2 that Kubernetes 1.26 removed", instead: "Use `containerRuntime: containerd`." },
    frakti: { since: "frakti was archived in 2020", instead: "Use `containerRuntime: containerd`." },
  },
  proxy: { userspace: { since: "the userspace proxy mode was removed in Kubernetes 1.26", instead: "Use `proxy: nftables`, or `iptables`." } },
  cni: {
    weave: { since: "Weave Net is no longer maintained since 2024", instead: "Use `cni: flannel`, or `calico` for network policies." },
    "weave-net": { since: "Weave Net is no longer maintained since 2024", instead: "Use `cni: flannel`, or `calico` for network policies." },
    romana: { since: "Romana is no longer maintained", instead: "Use `cni: calico`." },
  },
  backend: {
    ipsec: { since: "k3s 1.27 removed flannel's ipsec backend", instead: "Use `backend: wireguard-native`." },
    wireguard: { since: "k3s 1.26 removed flannel's old wireguard backend", instead: "Use `backend: wireguard-native`." },
  },
  issuer: { "kube-lego": { since: "kube-lego was replaced by cert-manager in 2018", instead: "Use `issuer: letsencrypt`." } },
};

/** What to say of a value that is gone; undefined for any other. `field` is the last key of the path; for `{ by: nginx }` the key above it. */
export function retiredThing(field: string, value: string): Retired | undefined {
  const byValue = RETIRED[field];
  const key = value.toLowerCase();
  return byValue !== undefined && Object.hasOwn(byValue, key) ? byValue[key] : undefined;
}
