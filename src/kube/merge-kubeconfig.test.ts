/** Merging into kubeconfigs as people have them: by kubectl, minikube, cloud tools, in JSON, with comments, empty. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mergeKubeconfig, nameKubeconfig } from "./merge-kubeconfig.ts";

const kubeadm = (authority = "Q0E=", key = "S0VZ"): string => `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${authority}
    server: https://192.168.1.10:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: ${key}
`;
const own = (authority?: string, key?: string): string => nameKubeconfig(kubeadm(authority, key), "maison", "https://192.168.1.11:6443");

/** minikube's: files instead of data, and extensions. */
const MINIKUBE = `# mine
apiVersion: v1
clusters:
- cluster:
    certificate-authority: /home/marie/.minikube/ca.crt
    extensions:
    - extension:
        last-update: Sat, 07 Mar 2026 10:12:41 CET
        provider: minikube.sigs.k8s.io
        version: v1.38.0
      name: cluster_info
    server: https://192.168.49.2:8443
  name: minikube
contexts:
- context:
    cluster: minikube
    namespace: default # not kube-system
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    client-certificate: /home/marie/.minikube/profiles/minikube/client.crt
    client-key: /home/marie/.minikube/profiles/minikube/client.key
`;

/** A cloud tool's: a program gives the credentials. */
const EXEC = `apiVersion: v1
kind: Config
clusters:
  - name: arn:aws:eks:eu-west-3:111122223333:cluster/work
    cluster: { server: "https://work.example", certificate-authority-data: V09SSw== }
contexts:
  - name: work
    context: { cluster: "arn:aws:eks:eu-west-3:111122223333:cluster/work", user: work }
users:
  - name: work
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        command: aws
        args: [eks, get-token, --cluster-name, work]
        interactiveMode: IfAvailable
current-context: work
`;

interface Config {
  "current-context"?: string;
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string; user: Record<string, unknown> }[];
  contexts: { name: string; context: Record<string, unknown> }[];
}
const stay = { isSwitched: false };
const names = (text: string): string[][] => [(parse(text) as Config).clusters, (parse(text) as Config).users, (parse(text) as Config).contexts].map((list) => list.map(({ name }) => name));

describe("a cluster's own kubeconfig", () => {
  it("is named after the homelab and keeps the endpoint", () => {
    const config = parse(own()) as Config;
    expect(names(own())).toEqual([["maison"], ["maison-admin"], ["maison"]]);
    expect(config["current-context"]).toBe("maison");
    expect(config.contexts[0]!.context).toEqual({ cluster: "maison", user: "maison-admin" });
    expect(config.clusters[0]!.cluster["server"]).toBe("https://192.168.1.10:6443");
  });

  it("gets an address that others reach where k3s wrote the loopback", () => {
    const config = parse(nameKubeconfig(kubeadm().replace("192.168.1.10", "127.0.0.1"), "maison", "https://192.168.1.11:6443")) as Config;
    expect(config.clusters[0]!.cluster["server"]).toBe("https://192.168.1.11:6443");
  });
});

describe("merging a kubeconfig", () => {
  it.each([["minikube's", MINIKUBE], ["a cloud tool's", EXEC], ["JSON", JSON.stringify(parse(MINIKUBE))]])("loses nothing of %s, and does not switch", (_what, text) => {
    const merged = mergeKubeconfig(text, own(), "maison", stay);
    const [before, after] = [parse(text) as Config, parse(merged.text) as Config];
    for (const list of ["clusters", "users", "contexts"] as const) {
      expect(after[list].slice(0, -1)).toEqual(before[list]);
      expect(after[list].at(-1)!.name).toBe(list === "users" ? "maison-admin" : "maison");
    }
    expect(merged).toMatchObject({ context: "maison", isChanged: true, current: before["current-context"] });
    expect(after["current-context"]).toBe(before["current-context"]);
  });

  it("keeps comments", () => {
    const { text } = mergeKubeconfig(MINIKUBE, own(), "maison", stay);
    expect(text).toContain("# mine\n");
    expect(text).toContain("namespace: default # not kube-system\n");
    expect(MINIKUBE.split("\n").filter((line) => !text.split("\n").includes(line))).toEqual([]);
  });

  it.each([["nothing", ""], ["kubectl's after its last entry went", "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n"], ["empty lists", "clusters: []\ncontexts: []\nusers: []\n"], ["a comment alone", "# later\n"]])("makes a whole file of %s, and uses the context", (_what, text) => {
    const merged = mergeKubeconfig(text, own(), "maison", stay);
    expect(names(merged.text)).toEqual([["maison"], ["maison-admin"], ["maison"]]);
    expect((parse(merged.text) as Config)["current-context"]).toBe("maison");
    if (text.startsWith("#")) expect(merged.text).toContain("# later");
  });

  it("does nothing the second time", () => {
    const once = mergeKubeconfig(MINIKUBE, own(), "maison", stay).text;
    expect(mergeKubeconfig(once, own(), "maison", stay)).toMatchObject({ text: once, isChanged: false, context: "maison" });
  });

  it("renews the credentials of the same cluster, and keeps what was added to its entries", () => {
    const once = mergeKubeconfig("", own(), "maison", stay).text.replace("user: maison-admin\n", "user: maison-admin\n    namespace: shop\n");
    const merged = mergeKubeconfig(once, own("Q0E=", "TkVX"), "maison", stay);
    const config = parse(merged.text) as Config;
    expect(merged).toMatchObject({ context: "maison", isChanged: true });
    expect(config.users).toEqual([{ name: "maison-admin", user: { "client-certificate-data": "Q0VSVA==", "client-key-data": "TkVX" } }]);
    expect(config.contexts[0]!.context["namespace"]).toBe("shop");
  });

  it("takes another name where somebody else's cluster has it, and finds that name again", () => {
    const theirs = mergeKubeconfig(MINIKUBE, own("T1RIRVI="), "maison", stay).text;
    const merged = mergeKubeconfig(theirs, own(), "maison", stay);
    expect(merged.context).toBe("maison-2");
    expect(names(merged.text)).toEqual([["minikube", "maison", "maison-2"], ["minikube", "maison-admin", "maison-2-admin"], ["minikube", "maison", "maison-2"]]);
    expect(mergeKubeconfig(merged.text, own(), "maison", stay)).toMatchObject({ context: "maison-2", isChanged: false });
  });

  it("does not take a name of one kind only, nor of another file that is read too", () => {
    expect(mergeKubeconfig(MINIKUBE.replace("- name: minikube\n", "- name: maison-admin\n"), own(), "maison", stay).context).toBe("maison-2");
    expect(mergeKubeconfig("", own(), "maison", { ...stay, others: [mergeKubeconfig("", own(), "maison", stay).text] }).context).toBe("maison-2");
  });

  it("switches when that is wanted, and leaves a context that another file chose", () => {
    expect((parse(mergeKubeconfig(MINIKUBE, own(), "maison", { isSwitched: true }).text) as Config)["current-context"]).toBe("maison");
    expect((parse(mergeKubeconfig("", own(), "maison", { ...stay, others: [EXEC] }).text) as Config)["current-context"]).toBeUndefined();
  });

  it.each([["no YAML", "clusters: [\n"], ["another thing", "- a\n"], ["a list that is none", "clusters: { a: 1 }\n"]])("refuses %s", (_what, text) => {
    expect(() => mergeKubeconfig(text, own(), "maison", stay)).toThrow(/no YAML|no kubeconfig|no list/);
  });
});
