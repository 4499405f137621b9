// Package auth gains what Traefik's own fork of github.com/abbot/go-http-auth adds; the fork is not on the public module mirror.
package auth

import "net/http"

// RequireAuthStale asks again. Upstream's CheckAuth never says that a nonce is stale, so that Traefik has no occasion to call it.
func (da *DigestAuth) RequireAuthStale(w http.ResponseWriter, r *http.Request) {
	da.RequireAuth(w, r)
}
