package main

// etcd within the cluster, kine over SQLite on one server, or an endpoint outside.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func (sv *server) etcdDir() string { return filepath.Join(sv.dir, "db", "etcd") }

// Data on the disk decides; then what is asked for.
func (sv *server) chooseDatastore() {
	_, err := os.Stat(filepath.Join(sv.etcdDir(), "member"))
	endpoint := sv.s.one("datastore-endpoint", "")
	switch {
	case err == nil:
		sv.datastore = "etcd"
	case endpoint != "":
		sv.datastore = "external"
	case sv.s.is("cluster-init") || sv.s.one("server", "") != "":
		sv.datastore = "etcd"
	default:
		sv.datastore = "sqlite"
	}
}

const kineAddress = "127.0.0.1:2379"

func (sv *server) startDatastore() {
	switch sv.datastore {
	case "etcd":
		sv.startEtcd()
	case "sqlite":
		must(os.MkdirAll(filepath.Join(sv.dir, "db"), 0o700))
		sv.startKine("sqlite://" + filepath.Join(sv.dir, "db", "state.db") + "?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate")
	default:
		if endpoint := sv.s.one("datastore-endpoint", ""); !strings.HasPrefix(endpoint, "http") {
			sv.startKine(endpoint)
		}
	}
}

// The endpoint may hold a password: it is no argument.
func (sv *server) startKine(endpoint string) {
	run(program{name: "kine", args: []string{"--listen-address=tcp://" + kineAddress, "--metrics-bind-address=0"}, env: []string{"KINE_ENDPOINT=" + endpoint}})
}

func (sv *server) etcdArguments() []string {
	if endpoint := sv.s.one("datastore-endpoint", ""); sv.datastore == "external" && strings.HasPrefix(endpoint, "http") {
		return []string{"--etcd-servers=" + endpoint}
	}
	if sv.datastore != "etcd" {
		return []string{"--etcd-servers=http://" + kineAddress}
	}
	return []string{"--etcd-servers=https://127.0.0.1:2379", "--etcd-cafile=" + sv.tls("etcd/server-ca.crt"), "--etcd-certfile=" + sv.tls("etcd/client.crt"), "--etcd-keyfile=" + sv.tls("etcd/client.key")}
}

type member struct {
	ID         uint64
	Name       string
	PeerURLs   []string
	ClientURLs []string
	IsLearner  bool
}

func (sv *server) etcdctl(endpoint string, args ...string) (string, error) {
	return output("etcdctl", append([]string{"--endpoints=" + endpoint, "--cacert=" + sv.tls("etcd/server-ca.crt"), "--cert=" + sv.tls("etcd/client.crt"), "--key=" + sv.tls("etcd/client.key"), "--command-timeout=10s"}, args...)...)
}

func (sv *server) members(endpoint string) ([]member, error) {
	text, err := sv.etcdctl(endpoint, "member", "list", "-w", "json")
	if err != nil {
		return nil, err
	}
	var list struct{ Members []member }
	return list.Members, json.Unmarshal([]byte(text[strings.Index(text, "{"):]), &list)
}

func (sv *server) etcdInfo(w http.ResponseWriter) {
	members, err := sv.members("https://127.0.0.1:2379")
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	writeJson(w, members)
}

func (sv *server) startEtcd() {
	ip := sv.node.ips[0]
	peer, client := "https://"+ip+":2380", "https://"+ip+":2379"
	nameFile := filepath.Join(sv.etcdDir(), "name")
	kept, err := os.ReadFile(nameFile)
	name := strings.TrimSpace(string(kept))
	if err != nil {
		name = sv.node.name + "-" + hashOf([]byte(serial().String()))[:8]
	}
	metrics := "http://127.0.0.1:2381"
	if sv.s.is("etcd-expose-metrics") {
		metrics += ",http://" + ip + ":2381"
	}
	args := []string{
		"--name=" + name, "--data-dir=" + sv.etcdDir(), "--listen-client-urls=https://127.0.0.1:2379," + client, "--advertise-client-urls=" + client, "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--listen-metrics-urls=" + metrics,
		"--client-cert-auth", "--trusted-ca-file=" + sv.tls("etcd/server-ca.crt"), "--cert-file=" + sv.tls("etcd/server-client.crt"), "--key-file=" + sv.tls("etcd/server-client.key"),
		"--peer-client-cert-auth", "--peer-trusted-ca-file=" + sv.tls("etcd/peer-ca.crt"), "--peer-cert-file=" + sv.tls("etcd/peer-server-client.crt"), "--peer-key-file=" + sv.tls("etcd/peer-server-client.key"),
		"--heartbeat-interval=500", "--election-timeout=5000", "--snapshot-count=10000", "--log-level=warn",
	}
	_, err = os.Stat(filepath.Join(sv.etcdDir(), "member"))
	isLearner := false
	switch {
	case err == nil:
		args = append(args, "--initial-cluster-state=existing")
	case sv.joined != nil:
		args = append(args, "--initial-cluster-state=existing", "--initial-cluster="+sv.enter(name, peer))
		isLearner = true
	default:
		args = append(args, "--initial-cluster-state=new", "--initial-cluster="+name+"="+peer, "--initial-cluster-token=k3s")
	}
	must(os.MkdirAll(sv.etcdDir(), 0o700))
	writeFile(nameFile, []byte(name), 0o600)
	run(program{name: "etcd", args: append(args, sv.s.extra("etcd-arg")...)})
	if isLearner {
		sv.promote(name)
	}
	waitFor("etcd answers", 5*time.Minute, func() error {
		_, err := sv.etcdctl("https://127.0.0.1:2379", "endpoint", "health")
		return err
	})
}

// A member joins as a learner; etcd takes one at a time.
func (sv *server) enter(name, peer string) string {
	var cluster []string
	waitFor("etcd takes another member", joinDeadline, func() error {
		var members []member
		if err := json.Unmarshal(sv.joined.ask("ask for etcd's members", "GET", "/db/info", nil, nil), &members); err != nil {
			return err
		}
		endpoints, isThere := []string{}, false
		cluster = nil
		for _, m := range members {
			if node := m.Name[:max(0, strings.LastIndex(m.Name, "-"))]; node == sv.node.name && m.Name != name {
				fatal("etcd cluster join failed: duplicate node name found, please use a unique name for this node")
			}
			if isThere = isThere || contains(m.PeerURLs, peer); !contains(m.PeerURLs, peer) {
				cluster = append(cluster, m.Name+"="+m.PeerURLs[0])
				endpoints = append(endpoints, m.ClientURLs...)
			}
		}
		if isThere {
			return nil
		}
		_, err := sv.etcdctl(strings.Join(endpoints, ","), "member", "add", name, "--learner", "--peer-urls="+peer)
		return err
	})
	return strings.Join(append(cluster, name+"="+peer), ",")
}

// k3s' leader promotes learners; here each asks for itself.
func (sv *server) promote(name string) {
	waitFor("etcd counts this member", joinDeadline, func() error {
		var members []member
		if err := json.Unmarshal(sv.joined.ask("ask for etcd's members", "GET", "/db/info", nil, nil), &members); err != nil {
			return err
		}
		var endpoints []string
		var own *member
		for i, m := range members {
			if m.Name == name {
				own = &members[i]
			} else if !m.IsLearner {
				endpoints = append(endpoints, m.ClientURLs...)
			}
		}
		if own == nil {
			return fmt.Errorf("%s has not started", name)
		}
		if !own.IsLearner {
			return nil
		}
		_, err := sv.etcdctl(strings.Join(endpoints, ","), "member", "promote", fmt.Sprintf("%x", own.ID))
		return err
	})
}

// The member of a node that was deleted.
func (sv *server) letMemberGo(node string) {
	members, err := sv.members("https://127.0.0.1:2379")
	if err != nil {
		logf("etcd's members: %v", err)
		return
	}
	for _, m := range members {
		if dash := strings.LastIndex(m.Name, "-"); dash > 0 && m.Name[:dash] == node {
			_, err := sv.etcdctl("https://127.0.0.1:2379", "member", "remove", fmt.Sprintf("%x", m.ID))
			logf("removed etcd member %s: %v", m.Name, err)
		}
	}
}
