// Pins Traefik for the mirror of real parts, with the replacements of its own go.mod.
module kubernest.dev/test/real/traefik

go 1.26.0

require github.com/traefik/traefik/v3 v3.7.13

tool github.com/traefik/traefik/v3/cmd/traefik

replace (
	github.com/go-acme/lego/v5 => ./lego
	github.com/abbot/go-http-auth => github.com/abbot/go-http-auth v0.4.0
	github.com/traefik/traefik/dynamic/ext => ./ext
	github.com/gorilla/mux => github.com/containous/mux v0.0.0-20250523120546-41b6ec3aed59
)

exclude github.com/tencentcloud/tencentcloud-sdk-go v3.0.83+incompatible
