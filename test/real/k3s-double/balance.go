package main

// On an agent, 127.0.0.1:6444 leads to whichever server answers, as k3s' own load balancer does: the one it joined by first, then all that the cluster names.

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

func (n *node) balance() {
	address, err := url.Parse(n.server)
	must(err)
	var mu sync.Mutex
	servers := []string{address.Host}
	listener, err := net.Listen("tcp", "127.0.0.1:"+apiPort)
	must(err)
	go func() {
		for {
			client, err := listener.Accept()
			must(err)
			go func() {
				mu.Lock()
				candidates := append([]string{}, servers...)
				mu.Unlock()
				for _, each := range candidates {
					if server, err := net.DialTimeout("tcp", each, 2*time.Second); err == nil {
						pipe(client, server)
						return
					}
				}
				_ = client.Close()
			}()
		}
	}()
	go func() {
		for ; ; time.Sleep(10 * time.Second) {
			if found := n.servers(); len(found) > 0 {
				mu.Lock()
				servers = append([]string{address.Host}, found...)
				mu.Unlock()
			}
		}
	}()
}

func pipe(a, b net.Conn) {
	done := make(chan struct{}, 2)
	copy := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		done <- struct{}{}
	}
	go copy(a, b)
	go copy(b, a)
	<-done
	_ = a.Close()
	_ = b.Close()
}

func (n *node) servers() []string {
	pair, err := tls.LoadX509KeyPair(n.path("client-kube-proxy.crt"), n.path("client-kube-proxy.key"))
	if err != nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(readFile(n.path("server-ca.crt")))
	client := &http.Client{Timeout: joinRequestTimeout, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}, DisableKeepAlives: true}}
	response, err := client.Get("https://127.0.0.1:" + apiPort + "/api/v1/namespaces/default/endpoints/kubernetes")
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	var endpoints struct {
		Subsets []struct{ Addresses []struct{ IP string } }
	}
	if json.NewDecoder(response.Body).Decode(&endpoints) != nil {
		return nil
	}
	var found []string
	for _, subset := range endpoints.Subsets {
		for _, address := range subset.Addresses {
			found = append(found, net.JoinHostPort(address.IP, n.config.Port))
		}
	}
	return found
}
