package main

// Authorities and certificates where k3s keeps them, with the subjects that it gives them.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

const leafLife, authorityLife = 365 * 24 * time.Hour, 3650 * 24 * time.Hour

func serial() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	must(err)
	return number
}

// Made once; afterwards read.
func loadAuthority(stem, name string) *authority {
	if _, err := os.Stat(stem + ".key"); os.IsNotExist(err) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(err)
		now := time.Now()
		template := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: fmt.Sprintf("%s@%d", name, now.Unix())}, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(authorityLife), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		must(err)
		writeKey(stem+".key", key)
		writeFile(stem+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
	}
	pair, err := tls.LoadX509KeyPair(stem+".crt", stem+".key")
	must(err)
	text, err := os.ReadFile(stem + ".crt")
	must(err)
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	must(err)
	return &authority{certificate, pair.PrivateKey.(*ecdsa.PrivateKey), text}
}

func writeKey(path string, key *ecdsa.PrivateKey) {
	der, err := x509.MarshalECPrivateKey(key)
	must(err)
	writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

type leaf struct {
	name   string
	groups []string
	sans   []string
	server bool
}

func (a *authority) sign(public any, l leaf) []byte {
	now := time.Now()
	template := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: l.name, Organization: l.groups}, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(leafLife), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if l.server {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, san := range l.sans {
		if ip := net.ParseIP(san); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, san)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// New at each start: k3s renews what has less than 120 days left then.
func (a *authority) issue(stem string, l leaf) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	writeKey(stem+".key", key)
	writeFile(stem+".crt", append(a.sign(key.Public(), l), a.pem...), 0o644)
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func writeFile(path string, content []byte, mode os.FileMode) {
	must(os.MkdirAll(filepath.Dir(path), 0o700))
	must(os.WriteFile(path+".new", content, mode))
	must(os.Chmod(path+".new", mode))
	must(os.Rename(path+".new", path))
}

func kubeconfig(path, server, ca, stem string) {
	writeFile(path, []byte(fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- { name: local, cluster: { server: %q, certificate-authority: %s } }
users:
- { name: user, user: { client-certificate: %s.crt, client-key: %s.key } }
contexts:
- { name: Default, context: { cluster: local, namespace: default, user: user } }
current-context: Default
`, server, ca, stem, stem)), 0o600)
}
