package main

// What a machine says to a server to become part of its cluster: the token is split, the authority that the server shows is held against the hash in it.

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type joinToken struct{ caHash, user, password string }

// `K10HASH::user:password`, or a bare password.
func parseToken(token string) (joinToken, error) {
	rest, isFull := strings.CutPrefix(token, "K10")
	if !isFull {
		return joinToken{"", "", token}, nil
	}
	hash, credentials, ok := strings.Cut(rest, "::")
	if !ok {
		hash, credentials = "", rest
	}
	if len(hash) != 0 && len(hash) != 64 {
		return joinToken{}, fmt.Errorf("invalid token CA hash length")
	}
	user, password, ok := strings.Cut(credentials, ":")
	if !ok || password == "" {
		return joinToken{}, fmt.Errorf("invalid token format")
	}
	return joinToken{hash, user, password}, nil
}

type supervisorClient struct {
	base, user, password string
	authority            []byte
	http                 *http.Client
}

func trusting(authority []byte) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	config := &tls.Config{RootCAs: pool}
	if authority == nil {
		config = &tls.Config{InsecureSkipVerify: true}
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// Asks until the server answers; a server that shows another authority than the token names is never given the password.
func connect(server, token, user string) *supervisorClient {
	parsed, err := parseToken(token)
	if err != nil {
		fatal("failed to parse token: %v", err)
	}
	address, err := url.Parse(server)
	if err != nil || address.Scheme != "https" {
		fatal("only https:// URLs are supported, invalid scheme: %s", server)
	}
	c := &supervisorClient{base: strings.TrimRight(server, "/"), user: user, password: parsed.password}
	waitFor("the server at "+server+" shows its authority", joinDeadline, func() error {
		c.http = trusting(nil)
		c.authority, err = c.request("GET", "/cacerts", nil, nil)
		return err
	})
	if parsed.caHash == "" {
		logf("level=warning Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash.")
	} else if hash := hashOf(c.authority); hash != parsed.caHash {
		fatal("token CA hash does not match the Cluster CA certificate hash: %s != %s", parsed.caHash, hash)
	}
	c.http = trusting(c.authority)
	return c
}

type refused struct {
	code int
	text string
}

func (r refused) Error() string { return fmt.Sprintf("%d: %s", r.code, r.text) }

func (c *supervisorClient) request(method, path string, body []byte, headers map[string]string) ([]byte, error) {
	request, err := http.NewRequest(method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if path != "/cacerts" {
		request.SetBasicAuth(c.user, c.password)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, refused{response.StatusCode, strings.TrimSpace(string(text))}
	}
	return text, nil
}

// Retries while the server is not ready; what it refuses stays refused.
func (c *supervisorClient) ask(what, method, path string, body []byte, headers map[string]string) []byte {
	var text []byte
	waitFor(what, joinDeadline, func() error {
		var err error
		text, err = c.request(method, path, body, headers)
		if r, ok := err.(refused); ok && r.code >= 400 && r.code < 500 {
			fatal("%s: %v", what, err)
		}
		return err
	})
	return text
}
