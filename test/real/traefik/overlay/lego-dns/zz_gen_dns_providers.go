// Package dns stands in for the file of the same name in github.com/go-acme/lego, which imports the SDK of every DNS provider:
// hundreds of packages that no test speaks to, and not all of them on the public module mirror.
package dns

import (
	"fmt"

	"github.com/go-acme/lego/v5/challenge"
	"github.com/go-acme/lego/v5/providers/dns/cloudflare"
	"github.com/go-acme/lego/v5/providers/dns/desec"
	"github.com/go-acme/lego/v5/providers/dns/duckdns"
	"github.com/go-acme/lego/v5/providers/dns/exec"
	"github.com/go-acme/lego/v5/providers/dns/gandiv5"
	"github.com/go-acme/lego/v5/providers/dns/hetzner"
	"github.com/go-acme/lego/v5/providers/dns/httpreq"
	"github.com/go-acme/lego/v5/providers/dns/dnsupdate"
)

// NewDNSChallengeProviderByName is upstream's, for fewer names.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	switch name {
	case "cloudflare":
		return cloudflare.NewDNSProvider()
	case "desec":
		return desec.NewDNSProvider()
	case "duckdns":
		return duckdns.NewDNSProvider()
	case "exec":
		return exec.NewDNSProvider()
	case "gandiv5":
		return gandiv5.NewDNSProvider()
	case "hetzner":
		return hetzner.NewDNSProvider()
	case "httpreq":
		return httpreq.NewDNSProvider()
	case "dnsupdate":
		return dnsupdate.NewDNSProvider()
	default:
		return nil, fmt.Errorf("unrecognized DNS provider: %s", name)
	}
}
