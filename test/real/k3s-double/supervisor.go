package main

// Port 6443: what machines ask that join, and the API of Kubernetes behind it, with the names of those who show a certificate.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

func (sv *server) listen() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.MarshalECPrivateKey(key)
	must(err)
	sans := append([]string{"localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", sv.node.name}, sv.apiNames()...)
	sans = append(sans, sv.s.list("tls-san")...)
	pair, err := tls.X509KeyPair(append(sv.serverCA.sign(key.Public(), leaf{name: "k3s", groups: []string{"k3s"}, sans: sans, server: true}), sv.serverCA.pem...), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	must(err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "pong") })
	mux.HandleFunc("GET /cacerts", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sv.serverCA.pem) })
	mux.HandleFunc("/v1-k3s/", sv.supervise)
	mux.HandleFunc("GET /db/info", sv.supervise)
	mux.Handle("/", sv.proxy())
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	listener := &http.Server{Addr: ":" + sv.port, Handler: mux, TLSConfig: config, ErrorLog: nil}
	go func() { fatal("port %s: %v", sv.port, listener.ListenAndServeTLS("", "")) }()
}

// The API server runs as a program of its own: it is told who asks by the way that is meant for authenticating proxies.
func (sv *server) proxy() http.Handler {
	target, err := url.Parse("https://127.0.0.1:" + apiPort)
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(sv.serverCA.pem)
	clients := x509.NewCertPool()
	clients.AddCert(sv.clientCA.certificate)
	named, err := tls.LoadX509KeyPair(sv.tls("client-auth-proxy.crt"), sv.tls("client-auth-proxy.key"))
	must(err)
	// Upgrades (exec, port-forward) are of HTTP/1.1.
	transport := func(certificates ...tls.Certificate) *http.Transport {
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: certificates}, MaxIdleConnsPerHost: 64}
	}
	withName, without := transport(named), transport()
	make := func(t *http.Transport) *httputil.ReverseProxy {
		return &httputil.ReverseProxy{Transport: t, FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			for name := range r.Out.Header {
				if strings.HasPrefix(strings.ToLower(name), "x-remote-") {
					r.Out.Header.Del(name)
				}
			}
			if user := verified(r.In.TLS, clients); user != nil {
				r.Out.Header.Set("X-Remote-User", user.Subject.CommonName)
				for _, group := range user.Subject.Organization {
					r.Out.Header.Add("X-Remote-Group", group)
				}
			}
		}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "apiserver not ready: "+err.Error(), http.StatusServiceUnavailable)
		}}
	}
	known, unknown := make(withName), make(without)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if verified(r.TLS, clients) != nil {
			known.ServeHTTP(w, r)
		} else {
			unknown.ServeHTTP(w, r)
		}
	})
}

func verified(state *tls.ConnectionState, roots *x509.CertPool) *x509.Certificate {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	shown := state.PeerCertificates[0]
	if _, err := shown.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return nil
	}
	return shown
}

func (sv *server) supervise(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	isServer := user == "server"
	if password != sv.password || (user != "node" && !isServer) {
		http.Error(w, "not authorized", http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/v1-k3s/config":
		writeJson(w, sv.agentConfig())
	case "/v1-k3s/client-ca.crt":
		_, _ = w.Write(sv.clientCA.pem)
	case "/v1-k3s/server-ca.crt":
		_, _ = w.Write(sv.serverCA.pem)
	case "/v1-k3s/client-kubelet.crt", "/v1-k3s/serving-kubelet.crt", "/v1-k3s/client-kube-proxy.crt", "/v1-k3s/client-k3s-controller.crt":
		sv.certify(w, r)
	case "/v1-k3s/server-bootstrap", "/db/info":
		if !isServer {
			http.Error(w, "forbidden", http.StatusForbidden)
		} else if r.URL.Path == "/db/info" {
			sv.etcdInfo(w)
		} else {
			writeJson(w, sv.bootstrapData())
		}
	default:
		http.NotFound(w, r)
	}
}

func (sv *server) certify(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	block, _ := pem.Decode(body)
	if err != nil || block == nil {
		http.Error(w, "a certificate request is wanted", http.StatusBadRequest)
		return
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || request.CheckSignature() != nil {
		http.Error(w, "the certificate request is not sound", http.StatusBadRequest)
		return
	}
	name, ips := r.Header.Get("k3s-Node-Name"), strings.Split(r.Header.Get("k3s-Node-IP"), ",")
	switch strings.TrimPrefix(r.URL.Path, "/v1-k3s/") {
	case "client-kube-proxy.crt":
		_, _ = w.Write(sv.clientCA.sign(request.PublicKey, leaf{name: "system:kube-proxy"}))
		return
	case "client-k3s-controller.crt":
		_, _ = w.Write(sv.clientCA.sign(request.PublicKey, leaf{name: "system:k3s-controller"}))
		return
	}
	if code, err := sv.checkPassword(name, r.Header.Get("k3s-Node-Password")); err != nil {
		http.Error(w, err.Error(), code)
		return
	}
	if strings.HasSuffix(r.URL.Path, "serving-kubelet.crt") {
		_, _ = w.Write(sv.serverCA.sign(request.PublicKey, leaf{name: name, sans: append([]string{name, "localhost", "127.0.0.1"}, ips...), server: true}))
	} else {
		_, _ = w.Write(sv.clientCA.sign(request.PublicKey, leaf{name: "system:node:" + name, groups: []string{"system:nodes"}}))
	}
}

// A node's name belongs to the machine that used it first, until the node is deleted: kept as a Secret, as k3s does.
func (sv *server) checkPassword(name, password string) (int, error) {
	if name == "" || password == "" {
		return http.StatusBadRequest, fmt.Errorf("node name and password are required")
	}
	path := "/api/v1/namespaces/kube-system/secrets"
	var secret struct{ Data map[string]string }
	code, err := sv.api("GET", path+"/"+name+".node-password.k3s", nil, &secret)
	hash := func(salt string) string {
		sum := sha256.Sum256([]byte(salt + password))
		return salt + ":" + hex.EncodeToString(sum[:])
	}
	switch {
	case code == http.StatusOK:
		kept, _ := base64.StdEncoding.DecodeString(secret.Data["hash"])
		salt, _, _ := strings.Cut(string(kept), ":")
		if hash(salt) != string(kept) {
			return http.StatusForbidden, fmt.Errorf("Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag")
		}
		return 0, nil
	case code == http.StatusNotFound:
		salt := make([]byte, 8)
		_, _ = rand.Read(salt)
		object := map[string]any{"apiVersion": "v1", "kind": "Secret", "immutable": true, "metadata": map[string]any{"name": name + ".node-password.k3s"}, "stringData": map[string]string{"hash": hash(hex.EncodeToString(salt))}}
		if code, err = sv.api("POST", path, object, nil); code == http.StatusCreated {
			return 0, nil
		}
	}
	return http.StatusServiceUnavailable, fmt.Errorf("the password of %s cannot be checked yet: %d %v", name, code, err)
}

func writeJson(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

// As the administrator, of the API server on this machine.
func (sv *server) api(method, path string, body, into any) (int, error) {
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		must(err)
		text = strings.NewReader(string(encoded))
	}
	request, err := http.NewRequest(method, "https://127.0.0.1:"+apiPort+path, text)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", map[string]string{"PATCH": "application/merge-patch+json"}[method])
	if method == "POST" {
		request.Header.Set("Content-Type", "application/json")
	}
	if sv.admin == nil {
		pair, err := tls.LoadX509KeyPair(sv.tls("client-admin.crt"), sv.tls("client-admin.key"))
		must(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(sv.serverCA.pem)
		sv.admin = &http.Client{Timeout: joinRequestTimeout, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}}}
	}
	response, err := sv.admin.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err == nil && into != nil && response.StatusCode < 300 {
		err = json.Unmarshal(said, into)
	}
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s", method, path, strings.TrimSpace(string(said)))
	}
	return response.StatusCode, err
}

func readFile(path string) []byte {
	text, err := os.ReadFile(path)
	must(err)
	return text
}
