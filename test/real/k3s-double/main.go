// A stand-in for k3s, for tests on machines: its command line, its files, its way of joining and its port, with the real parts of Kubernetes underneath as programs of
// their own. It is no k3s, and shows nothing of k3s' own code: docs/what-was-tested.md says what it shows.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Stamped when it is built.
var version = "v0.0.0+k3s1"

func main() {
	log.SetFlags(0)
	args := os.Args
	// As k3s: called by another name it is that program.
	command := filepath.Base(args[0])
	if strings.HasPrefix(command, "k3s") {
		if len(args) < 2 {
			usage()
		}
		command, args = args[1], args[1:]
	}
	switch command {
	case "server", "agent":
		serve(command, args[1:])
	case "kubectl", "crictl", "ctr":
		tool(command, args[1:])
	case "--version", "-v":
		fmt.Printf("k3s version %s (a stand-in made of Kubernetes' own parts, for tests)\n", version)
	default:
		usage()
	}
}

func usage() {
	fmt.Fprintf(os.Stderr, "No help topic for %q\nk3s server | agent | kubectl | crictl | ctr | --version\n", strings.Join(os.Args[1:], " "))
	os.Exit(3)
}

func tool(name string, args []string) {
	log.SetOutput(io.Discard)
	s, err := parseSettings("server", nil)
	dataDir := "/var/lib/rancher/k3s"
	// A configuration that k3s would refuse does not take its kubectl away.
	if err == nil {
		dataDir = s.dataDir()
	}
	log.SetOutput(os.Stderr)
	extract(dataDir)
	env := os.Environ()
	switch name {
	case "kubectl":
		if os.Getenv("KUBECONFIG") == "" {
			env = append(env, "KUBECONFIG=/etc/rancher/k3s/k3s.yaml")
		}
	case "ctr":
		env = append(env, "CONTAINERD_NAMESPACE=k8s.io", "CONTAINERD_ADDRESS="+containerdSocket)
	case "crictl":
		env = append(env, "CONTAINER_RUNTIME_ENDPOINT=unix://"+containerdSocket)
	}
	must(syscall.Exec(filepath.Join(binaries(), name), append([]string{name}, args...), env))
}

func serve(role string, args []string) {
	s, err := parseSettings(role, args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Incorrect Usage: %v\n", err)
		os.Exit(1)
	}
	if os.Getuid() != 0 {
		fatal("must run as root")
	}
	logf("starting k3s %s, a stand-in for tests", version)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		stopAll()
		os.Exit(0)
	}()
	startThread()
	extract(s.dataDir())
	n := newNode(s)
	if role == "server" {
		runServer(s, n)
	} else {
		if s.one("server", "") == "" {
			fatal("--server is required")
		}
		token, err := s.token()
		must(err)
		if token == "" {
			fatal("--token is required")
		}
		n.join(s.one("server", ""), token)
		n.balance()
		n.run()
	}
	waitFor("the kubelet is well", nodeDeadline, n.isHealthy)
	notifyReady()
	logf("k3s %s is up", role)
	select {}
}
