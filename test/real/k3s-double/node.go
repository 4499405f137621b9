package main

// What every machine of the cluster runs: containerd, the kubelet, kube-proxy and flannel, under agent/.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

const containerdSocket = "/run/k3s/containerd/containerd.sock"

type agentConfig struct {
	ClusterCIDR, ServiceCIDR, DNS []string
	Domain, Backend               string
	Masquerade6, NoProxy          bool
	Port                          string
}

type node struct {
	s      *settings
	dir    string
	name   string
	ips    []string
	config agentConfig
	server string
}

func newNode(s *settings) *node {
	hostname, err := os.Hostname()
	must(err)
	n := &node{s: s, dir: filepath.Join(s.dataDir(), "agent"), name: strings.ToLower(s.one("node-name", hostname)), ips: s.list("node-ip")}
	if len(n.ips) == 0 {
		n.ips = []string{defaultAddress()}
	}
	return n
}

// The address that packets to the world leave by.
func defaultAddress() string {
	conn, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		fatal("no default route: %v", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP.String()
}

func (n *node) path(name string) string { return filepath.Join(n.dir, name) }

func (n *node) join(server, token string) {
	n.server = server
	c := connect(server, token, "node")
	password := n.password()
	must(json.Unmarshal(c.ask("ask for the cluster's settings", "GET", "/v1-k3s/config", nil, nil), &n.config))
	headers := map[string]string{"k3s-Node-Name": n.name, "k3s-Node-Password": password, "k3s-Node-IP": strings.Join(n.ips, ",")}
	for _, name := range []string{"client-ca", "server-ca"} {
		writeFile(n.path(name+".crt"), c.ask("ask for "+name, "GET", "/v1-k3s/"+name+".crt", nil, nil), 0o644)
	}
	for _, name := range []string{"client-kubelet", "serving-kubelet", "client-kube-proxy", "client-k3s-controller"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(err)
		request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: n.name}}, key)
		must(err)
		certificate := c.ask("ask for a certificate ("+name+")", "POST", "/v1-k3s/"+name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}), headers)
		writeKey(n.path(name+".key"), key)
		writeFile(n.path(name+".crt"), certificate, 0o644)
	}
	for name, user := range map[string]string{"kubelet": "client-kubelet", "kubeproxy": "client-kube-proxy", "k3scontroller": "client-k3s-controller"} {
		kubeconfig(n.path(name+".kubeconfig"), "https://127.0.0.1:"+apiPort, n.path("server-ca.crt"), n.path(user))
	}
}

func (n *node) password() string {
	const path = "/etc/rancher/node/password"
	if kept, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(kept))
	}
	password := hashOf([]byte(serial().String()))[:32]
	writeFile(path, []byte(password+"\n"), 0o600)
	return password
}

func (n *node) run() {
	n.startContainerd()
	n.importImages()
	n.startKubelet()
	if !n.config.NoProxy {
		n.startProxy()
	}
	if n.config.Backend != "none" {
		n.startFlannel()
	}
}

func (n *node) startContainerd() {
	certs := n.path("etc/containerd/certs.d")
	must(os.RemoveAll(certs))
	auth := n.registries(certs)
	config := fmt.Sprintf(`version = 3
root = %q
state = "/run/k3s/containerd"
[grpc]
address = %q
[plugins."io.containerd.internal.v1.opt"]
path = %q
[plugins."io.containerd.cri.v1.images"]
snapshotter = %q
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = %q
[plugins."io.containerd.cri.v1.images".registry]
config_path = %q
%s[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = [%q]
conf_dir = %q
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = true
`, n.path("containerd"), containerdSocket, n.path("containerd"), n.s.one("snapshotter", "overlayfs"), n.s.one("pause-image", pauseImage), certs, auth, binaries(), n.path("etc/cni/net.d"))
	writeFile(n.path("etc/containerd/config.toml"), []byte(config), 0o600)
	must(os.MkdirAll(n.path("etc/cni/net.d"), 0o755))
	run(program{name: "containerd", args: []string{"--config=" + n.path("etc/containerd/config.toml"), "--log-level=warn"}})
	waitFor("containerd answers", time.Minute, func() error {
		_, err := output("ctr", "--address="+containerdSocket, "version")
		return err
	})
}

type registriesFile struct {
	Mirrors map[string]struct {
		Endpoint []string          `json:"endpoint"`
		Rewrite  map[string]string `json:"rewrite"`
	} `json:"mirrors"`
	Configs map[string]struct {
		Auth *struct {
			Username      string `json:"username"`
			Password      string `json:"password"`
			Auth          string `json:"auth"`
			IdentityToken string `json:"identity_token"`
		} `json:"auth"`
		TLS *struct {
			CAFile             string `json:"ca_file"`
			CertFile           string `json:"cert_file"`
			KeyFile            string `json:"key_file"`
			InsecureSkipVerify bool   `json:"insecure_skip_verify"`
		} `json:"tls"`
	} `json:"configs"`
}

// registries.yaml as docs/installation/private-registry.md describes it: hosts.toml for each registry, credentials for containerd's own configuration.
func (n *node) registries(certs string) string {
	text, err := os.ReadFile(n.s.one("private-registry", "/etc/rancher/k3s/registries.yaml"))
	if os.IsNotExist(err) {
		return ""
	}
	must(err)
	var file registriesFile
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		fatal("registries.yaml: %v", err)
	}
	skips := func(host string) bool {
		config, ok := file.Configs[host]
		return ok && config.TLS != nil && config.TLS.InsecureSkipVerify
	}
	names := map[string][]string{}
	for name, mirror := range file.Mirrors {
		if len(mirror.Rewrite) > 0 {
			fatal("registries.yaml: this stand-in does not rewrite names")
		}
		names[name] = mirror.Endpoint
	}
	for name := range file.Configs {
		if _, ok := names[name]; !ok {
			names[name] = nil
		}
	}
	for name, endpoints := range names {
		server := "https://" + name
		if name == "docker.io" {
			server = "https://registry-1.docker.io"
		}
		hosts := fmt.Sprintf("server = %q\n", server)
		for _, endpoint := range append(append([]string{}, endpoints...), server) {
			host := strings.TrimPrefix(strings.TrimPrefix(endpoint, "https://"), "http://")
			hosts += fmt.Sprintf("[host.%q]\ncapabilities = [\"pull\", \"resolve\"]\nskip_verify = %v\n", endpoint, skips(strings.Split(host, "/")[0]))
		}
		writeFile(filepath.Join(certs, name, "hosts.toml"), []byte(hosts), 0o600)
	}
	auth := ""
	for name, config := range file.Configs {
		if a := config.Auth; a != nil {
			auth += fmt.Sprintf("[plugins.\"io.containerd.cri.v1.images\".registry.configs.%q.auth]\nusername = %q\npassword = %q\nauth = %q\nidentitytoken = %q\n", name, a.Username, a.Password, a.Auth, a.IdentityToken)
		}
	}
	return auth
}

func (n *node) startKubelet() {
	config := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication":           map[string]any{"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true}, "x509": map[string]any{"clientCAFile": n.path("client-ca.crt")}},
		"authorization":            map[string]any{"mode": "Webhook"},
		"cgroupDriver":             "systemd",
		"clusterDNS":               n.config.DNS,
		"clusterDomain":            n.config.Domain,
		"containerRuntimeEndpoint": "unix://" + containerdSocket,
		"evictionHard":             map[string]string{"imagefs.available": "5%", "nodefs.available": "5%"},
		"failCgroupV1":             !isOnOldCgroups(),
		"failSwapOn":               false,
		"protectKernelDefaults":    n.s.is("protect-kernel-defaults"),
		"registerWithTaints":       taints(n.s.list("node-taint")),
		"resolvConf":               n.s.one("resolv-conf", "/etc/resolv.conf"),
		"staticPodPath":            n.path("pod-manifests"),
		"tlsCertFile":              n.path("serving-kubelet.crt"),
		"tlsPrivateKeyFile":        n.path("serving-kubelet.key"),
	}
	text, err := yaml.Marshal(config)
	must(err)
	writeFile(n.path("etc/kubelet.conf"), text, 0o600)
	must(os.MkdirAll(n.path("pod-manifests"), 0o700))
	args := []string{"--config=" + n.path("etc/kubelet.conf"), "--kubeconfig=" + n.path("kubelet.kubeconfig"), "--hostname-override=" + n.name, "--node-ip=" + strings.Join(n.ips, ",")}
	if labels := n.s.list("node-label"); len(labels) > 0 {
		args = append(args, "--node-labels="+strings.Join(labels, ","))
	}
	run(program{name: "kubelet", args: append(args, n.s.extra("kubelet-arg")...)})
}

func taints(texts []string) []map[string]string {
	list := []map[string]string{}
	for _, text := range texts {
		rest, effect, ok := strings.Cut(text, ":")
		if !ok {
			fatal("invalid taint %q", text)
		}
		key, value, _ := strings.Cut(rest, "=")
		list = append(list, map[string]string{"key": key, "value": value, "effect": effect})
	}
	return list
}

func isOnOldCgroups() bool {
	_, err := os.Stat("/sys/fs/cgroup/cgroup.controllers")
	return err != nil
}

// In a network namespace of its own a machine may not set the size of the connection table: that belongs to the computer.
func ownsConnectionTable() bool {
	file, err := os.OpenFile("/proc/sys/net/netfilter/nf_conntrack_max", os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	return file.Close() == nil
}

func (n *node) startProxy() {
	args := []string{"--kubeconfig=" + n.path("kubeproxy.kubeconfig"), "--cluster-cidr=" + strings.Join(n.config.ClusterCIDR, ","), "--hostname-override=" + n.name, "--healthz-bind-address=127.0.0.1:10256", "--metrics-bind-address=127.0.0.1:10249", "--proxy-mode=iptables"}
	if !ownsConnectionTable() {
		args = append(args, "--conntrack-max-per-core=0", "--conntrack-min=0")
	}
	run(program{name: "kube-proxy", args: append(args, n.s.extra("kube-proxy-arg")...)})
}

func (n *node) startFlannel() {
	conf := map[string]any{"EnableIPv4": false, "Backend": map[string]any{"Type": map[string]string{"wireguard-native": "wireguard"}[n.config.Backend]}}
	if n.config.Backend != "wireguard-native" {
		conf["Backend"] = map[string]any{"Type": n.config.Backend}
	}
	has6 := false
	for _, cidr := range n.config.ClusterCIDR {
		if strings.Contains(cidr, ":") {
			conf["EnableIPv6"], conf["IPv6Network"], has6 = true, cidr, true
		} else {
			conf["EnableIPv4"], conf["Network"] = true, cidr
		}
	}
	text, err := json.Marshal(conf)
	must(err)
	writeFile(n.path("etc/flannel/net-conf.json"), text, 0o644)
	waitFor("the node is registered", nodeDeadline, func() error {
		_, err := output("kubectl", "--kubeconfig="+n.path("k3scontroller.kubeconfig"), "get", "node", n.name)
		return err
	})
	args := []string{"--kube-subnet-mgr", "--kubeconfig-file=" + n.path("k3scontroller.kubeconfig"), "--net-config-path=" + n.path("etc/flannel/net-conf.json"), "--ip-masq=true", "--iface=" + n.s.one("flannel-iface", n.ips[0])}
	if has6 && !n.config.Masquerade6 {
		logf("flannel: pods' IPv6 addresses are not masqueraded")
	}
	run(program{name: "flanneld", args: args, env: []string{"NODE_NAME=" + n.name}})
	waitFor("flannel has a subnet", nodeDeadline, func() error {
		_, err := os.Stat("/run/flannel/subnet.env")
		return err
	})
	writeFile(n.path("etc/cni/net.d/10-flannel.conflist"), []byte(`{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"forceAddress":true,"isDefaultGateway":true}},{"type":"portmap","capabilities":{"portMappings":true}},{"type":"bandwidth","capabilities":{"bandwidth":true}}]}
`), 0o644)
}

func (n *node) isHealthy() error {
	response, err := http.Get("http://127.0.0.1:10248/healthz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("healthz: %s", response.Status)
	}
	return nil
}
