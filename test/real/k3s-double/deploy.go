package main

// Manifests under server/manifests are applied, the packaged ones too, unless they are disabled; and what k3s' own controllers see to: names of nodes, addresses of
// services, what is left of nodes that were deleted.

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const deployInterval, clusterInterval = 3 * time.Second, 2 * time.Second

// Needed before a node can work, and never disabled.
var early = []string{"rolebindings.yaml", "helm.yaml"}

func (sv *server) packaged(name string) []byte {
	text := string(readFile(filepath.Join(extracted, "manifests", name)))
	replacements := map[string]string{
		"%{CLUSTER_DNS}%": sv.dns[0], "%{CLUSTER_DOMAIN}%": sv.s.one("cluster-domain", "cluster.local"), "%{DEFAULT_LOCAL_STORAGE_PATH}%": sv.s.one("default-local-storage-path", filepath.Join(sv.s.dataDir(), "storage")),
	}
	for name, value := range replacements {
		text = strings.ReplaceAll(text, name, value)
	}
	return []byte(text)
}

func (sv *server) kubectl(input []byte, args ...string) error {
	cmd := exec.Command(filepath.Join(binaries(), "kubectl"), append([]string{"--kubeconfig=" + filepath.Join(sv.dir, "cred", "admin.kubeconfig")}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl %s: %v: %s", args[0], err, strings.TrimSpace(string(text)))
	}
	return nil
}

func (sv *server) apply(name string, manifest []byte) error {
	return sv.kubectl(manifest, "apply", "--server-side", "--force-conflicts", "--field-manager=deploy@"+sv.node.name, "-f", "-")
}

func (sv *server) deployEarly() {
	for _, name := range early {
		waitFor("apply "+name, nodeDeadline, func() error { return sv.apply(name, sv.packaged(name)) })
	}
}

func (sv *server) deployLoop() {
	disabled := sv.s.list("disable")
	files, err := os.ReadDir(filepath.Join(extracted, "manifests"))
	must(err)
	directory := filepath.Join(sv.dir, "manifests")
	for _, file := range files {
		name, part := file.Name(), strings.TrimSuffix(file.Name(), ".yaml")
		if contains(early, name) {
			continue
		}
		if contains(disabled, part) {
			// What was deployed before it was disabled goes.
			if _, err := os.Stat(filepath.Join(directory, name)); err == nil {
				must(os.Remove(filepath.Join(directory, name)))
				logf("delete %s: %v", part, sv.kubectl(sv.packaged(name), "delete", "--ignore-not-found", "--wait=false", "-f", "-"))
			}
			continue
		}
		writeFile(filepath.Join(directory, name), sv.packaged(name), 0o600)
	}
	applied := map[string]string{}
	for ; ; time.Sleep(deployInterval) {
		paths, _ := filepath.Glob(filepath.Join(directory, "*.y*ml"))
		sort.Strings(paths)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if _, isSkipped := os.Stat(path + ".skip"); err != nil || isSkipped == nil || applied[path] == hashOf(text) {
				continue
			}
			if err := sv.apply(filepath.Base(path), text); err != nil {
				logf("%s: %v", path, err)
				continue
			}
			applied[path] = hashOf(text)
			logf("applied %s", path)
		}
		if !contains(disabled, "traefik") && !sv.s.is("disable-helm-controller") {
			sv.deployTraefik()
		}
	}
}

type liveNode struct {
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Status struct {
		Addresses  []struct{ Type, Address string }
		Conditions []struct{ Type, Status string }
	}
}

func (n liveNode) addresses() []string {
	var list []string
	for _, each := range n.Status.Addresses {
		if each.Type == "InternalIP" {
			list = append(list, each.Address)
		}
	}
	return list
}

func (n liveNode) isReady() bool {
	for _, each := range n.Status.Conditions {
		if each.Type == "Ready" {
			return each.Status == "True"
		}
	}
	return false
}

func (sv *server) clusterLoop() {
	known := map[string]bool{}
	hosts, services := "", map[string]string{}
	for ; ; time.Sleep(clusterInterval) {
		var nodes struct{ Items []liveNode }
		if _, err := sv.api("GET", "/api/v1/nodes", nil, &nodes); err != nil {
			logf("nodes: %v", err)
			continue
		}
		there := map[string]bool{}
		lines, ready := "", []string{}
		for _, node := range nodes.Items {
			there[node.Metadata.Name], known[node.Metadata.Name] = true, true
			for _, address := range node.addresses() {
				lines += address + " " + node.Metadata.Name + "\n"
				if node.isReady() {
					ready = append(ready, address)
				}
			}
			if node.Metadata.Name == sv.node.name {
				sv.labelOwn(node)
			}
		}
		for name := range known {
			if !there[name] {
				delete(known, name)
				sv.forget(name)
			}
		}
		if lines != hosts {
			if _, err := sv.api("PATCH", "/api/v1/namespaces/kube-system/configmaps/coredns", map[string]any{"data": map[string]string{"NodeHosts": lines}}, nil); err == nil {
				hosts = lines
			}
		}
		if !contains(sv.s.list("disable"), "servicelb") {
			sv.balanceServices(ready, services)
		}
	}
}

func (sv *server) labelOwn(node liveNode) {
	wanted := map[string]string{"node-role.kubernetes.io/control-plane": "true"}
	if sv.datastore == "etcd" {
		wanted["node-role.kubernetes.io/etcd"] = "true"
	}
	for name, value := range wanted {
		if node.Metadata.Labels[name] != value {
			_, err := sv.api("PATCH", "/api/v1/nodes/"+node.Metadata.Name, map[string]any{"metadata": map[string]any{"labels": wanted}}, nil)
			logf("labels of %s: %v", node.Metadata.Name, err)
			return
		}
	}
}

func (sv *server) forget(name string) {
	_, err := sv.api("DELETE", "/api/v1/namespaces/kube-system/secrets/"+name+".node-password.k3s", nil, nil)
	logf("node %s was deleted; its password: %v", name, err)
	if sv.datastore == "etcd" {
		sv.letMemberGo(name)
	}
}

// ServiceLB without its pods: the addresses of the nodes that are ready become those of the service, and kube-proxy leads them to it.
func (sv *server) balanceServices(addresses []string, told map[string]string) {
	var services struct {
		Items []struct {
			Metadata struct{ Namespace, Name string }
			Spec     struct{ Type, LoadBalancerClass string }
		}
	}
	if _, err := sv.api("GET", "/api/v1/services", nil, &services); err != nil {
		logf("services: %v", err)
		return
	}
	sort.Strings(addresses)
	for _, service := range services.Items {
		if service.Spec.Type != "LoadBalancer" || service.Spec.LoadBalancerClass != "" {
			continue
		}
		key := service.Metadata.Namespace + "/" + service.Metadata.Name
		if wanted := strings.Join(addresses, ","); told[key] != wanted {
			ingress := []map[string]string{}
			for _, address := range addresses {
				ingress = append(ingress, map[string]string{"ip": address, "ipMode": "VIP"})
			}
			_, err := sv.api("PATCH", "/api/v1/namespaces/"+service.Metadata.Namespace+"/services/"+service.Metadata.Name+"/status", map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": ingress}}}, nil)
			logf("service %s is reached by %s: %v", key, wanted, err)
			if err == nil {
				told[key] = wanted
			}
		}
	}
}
