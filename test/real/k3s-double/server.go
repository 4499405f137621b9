package main

// The control plane of one machine: its files under server/, the datastore, API server, controllers and scheduler, and the node that a server is too.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const (
	// k3s' own API server listens there too, on the loopback address alone; ours must be reached by its node's, as the Service `kubernetes` names this port.
	apiPort            = "6444"
	joinDeadline       = 5 * time.Minute
	nodeDeadline       = 5 * time.Minute
	joinRequestTimeout = 10 * time.Second
)

type server struct {
	s                              *settings
	node                           *node
	dir, port, password, datastore string
	clientCA, serverCA, requestCA  *authority
	etcdPeerCA, etcdServerCA       *authority
	clusterCIDR, serviceCIDR, dns  []string
	admin                          *http.Client
	joined                         *supervisorClient
}

func (sv *server) tls(name string) string { return filepath.Join(sv.dir, "tls", name) }

// What must be the same on all servers, as docs/cli/server.md lists it.
var critical = []string{"cluster-cidr", "cluster-dns", "cluster-domain", "disable-cloud-controller", "disable-helm-controller", "disable-network-policy", "egress-selector-mode", "flannel-backend", "flannel-ipv6-masq", "secrets-encryption", "service-cidr"}

func runServer(s *settings, n *node) {
	sv := &server{s: s, node: n, dir: filepath.Join(s.dataDir(), "server"), port: s.one("https-listen-port", "6443")}
	must(os.MkdirAll(filepath.Join(sv.dir, "manifests"), 0o700))
	sv.clusterCIDR, sv.serviceCIDR = s.list("cluster-cidr", "10.42.0.0/16"), s.list("service-cidr", "10.43.0.0/16")
	sv.dns = s.list("cluster-dns", tenth(sv.serviceCIDR[0]))
	sv.chooseDatastore()
	sv.setUp()
	sv.listen()
	sv.startDatastore()
	sv.writeToken()
	sv.startControlPlane()
	waitFor("the API server is ready", nodeDeadline, func() error {
		_, err := sv.api("GET", "/readyz", nil, nil)
		return err
	})
	sv.deployEarly()
	n.join("https://127.0.0.1:"+sv.port, "K10"+hashOf(sv.serverCA.pem)+"::server:"+sv.password)
	n.run()
	sv.writeKubeconfig()
	go sv.deployLoop()
	go sv.clusterLoop()
}

func tenth(cidr string) string {
	_, network, err := net.ParseCIDR(cidr)
	must(err)
	ip := append(net.IP{}, network.IP...)
	ip[len(ip)-1] += 10
	return ip.String()
}

func (sv *server) apiNames() []string {
	_, network, err := net.ParseCIDR(sv.serviceCIDR[0])
	must(err)
	first := append(net.IP{}, network.IP...)
	first[len(first)-1]++
	return append([]string{first.String(), "kubernetes.default.svc." + sv.s.one("cluster-domain", "cluster.local")}, sv.node.ips...)
}

// Token, authorities and keys: from a server that runs, or made here. Data that is there decides: flags to begin or to join are for a machine without any.
func (sv *server) setUp() {
	given, err := sv.s.token()
	must(err)
	_, noMember := os.Stat(filepath.Join(sv.etcdDir(), "member"))
	if server := sv.s.one("server", ""); server != "" && sv.datastore == "etcd" && noMember != nil {
		if given == "" {
			fatal("--token is required to join a cluster")
		}
		sv.joined = connect(server, given, "server")
		var data bootstrapData
		must(json.Unmarshal(sv.joined.ask("ask for the cluster's keys", "GET", "/v1-k3s/server-bootstrap", nil, nil), &data))
		var differ []string
		for name, value := range sv.criticalValues() {
			if data.Critical[name] != value {
				differ = append(differ, name)
			}
		}
		if sort.Strings(differ); len(differ) > 0 {
			fatal("failed to validate server configuration: critical configuration value mismatch between servers: %v", differ)
		}
		for name, content := range data.Files {
			text, err := base64.StdEncoding.DecodeString(content)
			must(err)
			writeFile(filepath.Join(sv.dir, name), text, 0o600)
		}
		parsed, _ := parseToken(given)
		sv.password = parsed.password
	} else if kept, err := os.ReadFile(filepath.Join(sv.dir, "token")); err != nil {
		parsed, err := parseToken(given)
		must(err)
		if sv.password = parsed.password; sv.password == "" {
			sv.password = hashOf([]byte(serial().String()))[:32]
		}
	} else {
		parsed, err := parseToken(strings.TrimSpace(string(kept)))
		must(err)
		sv.password = parsed.password
		if parsed, err := parseToken(given); given != "" && (err != nil || parsed.password != sv.password) {
			fatal("token does not match the token of this server: was it changed?")
		}
	}
	sv.clientCA, sv.serverCA, sv.requestCA = loadAuthority(sv.tls("client-ca"), "k3s-client-ca"), loadAuthority(sv.tls("server-ca"), "k3s-server-ca"), loadAuthority(sv.tls("request-header-ca"), "k3s-request-header-ca")
	sv.etcdPeerCA, sv.etcdServerCA = loadAuthority(sv.tls("etcd/peer-ca"), "etcd-peer-ca"), loadAuthority(sv.tls("etcd/server-ca"), "etcd-server-ca")
	if _, err := os.Stat(sv.tls("service.key")); os.IsNotExist(err) {
		service := loadAuthority(sv.tls("service"), "k3s-service")
		writeKey(sv.tls("service.key"), service.key)
	}
	own := append([]string{"localhost", "127.0.0.1", sv.node.name}, sv.node.ips...)
	api := append([]string{"kubernetes", "kubernetes.default", "kubernetes.default.svc"}, append(own, append(sv.apiNames(), sv.s.list("tls-san")...)...)...)
	sv.serverCA.issue(sv.tls("serving-kube-apiserver"), leaf{name: "kube-apiserver", sans: api, server: true})
	for name, subject := range map[string]leaf{
		"client-admin":          {name: "system:admin", groups: []string{"system:masters"}},
		"client-controller":     {name: "system:kube-controller-manager"},
		"client-scheduler":      {name: "system:kube-scheduler"},
		"client-kube-apiserver": {name: "system:apiserver", groups: []string{"system:masters"}},
	} {
		sv.clientCA.issue(sv.tls(name), subject)
	}
	sv.requestCA.issue(sv.tls("client-auth-proxy"), leaf{name: "system:auth-proxy"})
	sv.etcdServerCA.issue(sv.tls("etcd/client"), leaf{name: "etcd-client"})
	sv.etcdServerCA.issue(sv.tls("etcd/server-client"), leaf{name: "etcd-server", sans: own, server: true})
	sv.etcdPeerCA.issue(sv.tls("etcd/peer-server-client"), leaf{name: "etcd-peer", sans: own, server: true})
	local := "https://127.0.0.1:" + apiPort
	for name, user := range map[string]string{"admin": "client-admin", "controller": "client-controller", "scheduler": "client-scheduler"} {
		kubeconfig(filepath.Join(sv.dir, "cred", name+".kubeconfig"), local, sv.tls("server-ca.crt"), sv.tls(user))
	}
}

// Once there is a datastore: until then nothing says that this server is part of a cluster.
func (sv *server) writeToken() {
	full := "K10" + hashOf(sv.serverCA.pem) + "::server:" + sv.password + "\n"
	writeFile(filepath.Join(sv.dir, "token"), []byte(full), 0o600)
	link := filepath.Join(sv.dir, "node-token")
	_ = os.Remove(link)
	must(os.Symlink(filepath.Join(sv.dir, "token"), link))
}

type bootstrapData struct {
	Files    map[string]string
	Critical map[string]string
}

func (sv *server) criticalValues() map[string]string {
	values := map[string]string{"disable": fmt.Sprint(contains(sv.s.list("disable"), "servicelb"))}
	for _, name := range critical {
		values[name] = strings.Join(sv.s.list(name), ",")
	}
	return values
}

func (sv *server) bootstrapData() bootstrapData {
	data := bootstrapData{map[string]string{}, sv.criticalValues()}
	for _, name := range []string{"client-ca", "server-ca", "request-header-ca", "etcd/peer-ca", "etcd/server-ca", "service"} {
		for _, end := range []string{".crt", ".key"} {
			data.Files["tls/"+name+end] = base64.StdEncoding.EncodeToString(readFile(sv.tls(name + end)))
		}
	}
	if sv.s.is("secrets-encryption") {
		data.Files["cred/encryption-config.json"] = base64.StdEncoding.EncodeToString(readFile(sv.encryptionConfig()))
	}
	return data
}

// aescbc with a key of its own, as k3s has it.
func (sv *server) encryptionConfig() string {
	path := filepath.Join(sv.dir, "cred", "encryption-config.json")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		key := []byte(hashOf([]byte(serial().String())))[:32]
		writeFile(path, []byte(fmt.Sprintf(`{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[{"resources":["secrets"],"providers":[{"aescbc":{"keys":[{"name":"aescbckey","secret":%q}]}},{"identity":{}}]}]}`, base64.StdEncoding.EncodeToString(key))), 0o600)
	}
	return path
}

func (sv *server) startControlPlane() {
	cidrs, services := strings.Join(sv.clusterCIDR, ","), strings.Join(sv.serviceCIDR, ",")
	advertise := sv.s.one("advertise-address", sv.node.ips[0])
	api := []string{
		"--advertise-address=" + advertise, "--allow-privileged=true", "--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--bind-address=0.0.0.0", "--secure-port=" + apiPort,
		"--client-ca-file=" + sv.tls("client-ca.crt"), "--enable-admission-plugins=NodeRestriction", "--kubelet-certificate-authority=" + sv.tls("server-ca.crt"),
		"--kubelet-client-certificate=" + sv.tls("client-kube-apiserver.crt"), "--kubelet-client-key=" + sv.tls("client-kube-apiserver.key"), "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--profiling=false",
		"--proxy-client-cert-file=" + sv.tls("client-auth-proxy.crt"), "--proxy-client-key-file=" + sv.tls("client-auth-proxy.key"), "--requestheader-allowed-names=system:auth-proxy", "--requestheader-client-ca-file=" + sv.tls("request-header-ca.crt"),
		"--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group", "--requestheader-username-headers=X-Remote-User",
		"--service-account-issuer=https://kubernetes.default.svc." + sv.s.one("cluster-domain", "cluster.local"), "--api-audiences=https://kubernetes.default.svc." + sv.s.one("cluster-domain", "cluster.local") + ",k3s",
		"--service-account-key-file=" + sv.tls("service.key"), "--service-account-signing-key-file=" + sv.tls("service.key"), "--service-cluster-ip-range=" + services, "--service-node-port-range=" + sv.s.one("service-node-port-range", "30000-32767"),
		"--storage-backend=etcd3", "--tls-cert-file=" + sv.tls("serving-kube-apiserver.crt"), "--tls-private-key-file=" + sv.tls("serving-kube-apiserver.key"), "--enable-aggregator-routing=true",
	}
	if sv.s.is("secrets-encryption") {
		api = append(api, "--encryption-provider-config="+sv.encryptionConfig())
	}
	api = append(api, sv.etcdArguments()...)
	run(program{name: "kube-apiserver", args: append(api, sv.s.extra("kube-apiserver-arg")...)})
	cred := func(name string) string { return filepath.Join(sv.dir, "cred", name+".kubeconfig") }
	waitFor("the API server answers", nodeDeadline, func() error {
		_, err := sv.api("GET", "/livez", nil, nil)
		return err
	})
	controllers := []string{
		"--allocate-node-cidrs=true", "--authentication-kubeconfig=" + cred("controller"), "--authorization-kubeconfig=" + cred("controller"), "--kubeconfig=" + cred("controller"), "--bind-address=127.0.0.1", "--secure-port=10257",
		"--cluster-cidr=" + cidrs, "--cluster-signing-cert-file=" + sv.tls("client-ca.crt"), "--cluster-signing-key-file=" + sv.tls("client-ca.key"), "--controllers=*,tokencleaner", "--profiling=false", "--root-ca-file=" + sv.tls("server-ca.crt"),
		"--service-account-private-key-file=" + sv.tls("service.key"), "--service-cluster-ip-range=" + services, "--use-service-account-credentials=true",
	}
	run(program{name: "kube-controller-manager", args: append(controllers, sv.s.extra("kube-controller-manager-arg")...)})
	if !sv.s.is("disable-scheduler") {
		run(program{name: "kube-scheduler", args: append([]string{"--authentication-kubeconfig=" + cred("scheduler"), "--authorization-kubeconfig=" + cred("scheduler"), "--kubeconfig=" + cred("scheduler"), "--bind-address=127.0.0.1", "--secure-port=10259", "--profiling=false"}, sv.s.extra("kube-scheduler-arg")...)})
	}
}

func (sv *server) writeKubeconfig() {
	encode := func(name string) string { return base64.StdEncoding.EncodeToString(readFile(sv.tls(name))) }
	mode := os.FileMode(0o600)
	_, err := fmt.Sscanf(sv.s.one("write-kubeconfig-mode", "600"), "%o", &mode)
	must(err)
	writeFile(sv.s.one("write-kubeconfig", "/etc/rancher/k3s/k3s.yaml"), []byte(fmt.Sprintf(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: %s
    server: https://127.0.0.1:%s
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
`, encode("server-ca.crt"), sv.port, encode("client-admin.crt"), encode("client-admin.key"))), mode)
}

// What agents of this cluster are told.
func (sv *server) agentConfig() agentConfig {
	backend := sv.s.one("flannel-backend", "vxlan")
	return agentConfig{sv.clusterCIDR, sv.serviceCIDR, sv.dns, sv.s.one("cluster-domain", "cluster.local"), backend, sv.s.is("flannel-ipv6-masq"), sv.s.is("disable-kube-proxy"), sv.port}
}

func contains(list []string, wanted string) bool {
	for _, each := range list {
		if each == wanted {
			return true
		}
	}
	return false
}
