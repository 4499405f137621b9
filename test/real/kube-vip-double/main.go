// A stand-in for kube-vip, for images of the tests: upstream's module cannot be had with its published checksum. It reads the environment that upstream documents and refuses what it
// does not know, speaks to the API as upstream does, holds the same Lease by client-go's own leader election, and takes the address with gratuitous ARP. Control planes by ARP only.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Upstream reads its static pod's administrator from here (pkg/manager).
const adminConfig = "/etc/kubernetes/admin.conf"

// What upstream names (pkg/kubevip/config_envvar.go) and this understands.
var known = map[string]bool{
	"vip_arp": true, "port": true, "vip_interface": true, "vip_subnet": true, "cp_enable": true, "cp_namespace": true, "svc_enable": true, "vip_leaderelection": true,
	"vip_leasename": true, "vip_leaseduration": true, "vip_renewdeadline": true, "vip_retryperiod": true, "address": true, "vip_nodename": true,
}

func main() {
	log.SetFlags(log.Ltime)
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println("stand-in for kube-vip")
		return
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if len(os.Args) != 2 || os.Args[1] != "manager" {
		return fmt.Errorf("want the one argument manager, not %q", os.Args[1:])
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		// Ours are the ones in small letters; Kubernetes and the image set others.
		if name == strings.ToLower(name) && !known[name] {
			return fmt.Errorf("environment: %s is none of upstream's, or is not understood here", name)
		}
	}
	for name, want := range map[string]string{"vip_arp": "true", "cp_enable": "true", "svc_enable": "false", "vip_leaderelection": "true"} {
		if os.Getenv(name) != want {
			return fmt.Errorf("environment: %s must be %s here", name, want)
		}
	}
	var seconds [3]time.Duration
	for at, name := range []string{"vip_leaseduration", "vip_renewdeadline", "vip_retryperiod"} {
		number, err := strconv.Atoi(os.Getenv(name))
		if err != nil {
			return fmt.Errorf("environment: %s: %w", name, err)
		}
		seconds[at] = time.Duration(number) * time.Second
	}
	vip, err := virtualAddress()
	if err != nil {
		return err
	}
	client, err := newClient()
	if err != nil {
		return err
	}
	link, err := linkFor(os.Getenv("vip_interface"))
	if err != nil {
		return err
	}
	// An address that an earlier process left behind: who holds it is decided by the Lease alone.
	_ = netlink.AddrDel(link, vip)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Name: os.Getenv("vip_leasename"), Namespace: os.Getenv("cp_namespace")},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: os.Getenv("vip_nodename")},
	}
	log.Printf("address %s on %s, lease %s/%s as %s", vip.IPNet, link.Attrs().Name, lock.LeaseMeta.Namespace, lock.LeaseMeta.Name, lock.LockConfig.Identity)
	for ctx.Err() == nil {
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true, LeaseDuration: seconds[0], RenewDeadline: seconds[1], RetryPeriod: seconds[2],
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(leading context.Context) { hold(leading, link, vip) },
				OnStoppedLeading: func() { _ = netlink.AddrDel(link, vip); log.Print("the address is let go") },
				OnNewLeader:      func(who string) { log.Printf("the address is with %s", who) },
			},
		})
	}
	return nil
}

func virtualAddress() (*netlink.Addr, error) {
	address := net.ParseIP(os.Getenv("address"))
	bits, err := strconv.Atoi(os.Getenv("vip_subnet"))
	if address == nil || address.To4() == nil || err != nil {
		return nil, fmt.Errorf("environment: address %q and vip_subnet %q are no address of IPv4", os.Getenv("address"), os.Getenv("vip_subnet"))
	}
	return &netlink.Addr{IPNet: &net.IPNet{IP: address.To4(), Mask: net.CIDRMask(bits, 32)}}, nil
}

// As upstream: the administrator's file where there is one, but by the name kubernetes, which the pod's hosts lead to this machine; else as a pod of the cluster.
func newClient() (*kubernetes.Clientset, error) {
	config, err := rest.InClusterConfig()
	if _, missing := os.Stat(adminConfig); missing == nil {
		if config, err = clientcmd.BuildConfigFromFlags("", adminConfig); err == nil {
			config.Host = "https://kubernetes:" + os.Getenv("port")
		}
	}
	if err != nil {
		return nil, err
	}
	config.Timeout = 10 * time.Second
	return kubernetes.NewForConfig(config)
}

// Without a name, as upstream: the interface of the default route.
func linkFor(name string) (netlink.Link, error) {
	if name != "" {
		return netlink.LinkByName(name)
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, err
	}
	for _, route := range routes {
		if route.Dst == nil || route.Dst.IP.IsUnspecified() {
			return netlink.LinkByIndex(route.LinkIndex)
		}
	}
	return nil, errors.New("there is no default route, and vip_interface names none")
}

func hold(ctx context.Context, link netlink.Link, vip *netlink.Addr) {
	if err := netlink.AddrReplace(link, vip); err != nil {
		log.Fatalf("the address: %v", err)
	}
	log.Print("the address is here")
	for ctx.Err() == nil {
		if err := announce(link, vip.IP.To4()); err != nil {
			log.Printf("gratuitous ARP: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(3 * time.Second):
		}
	}
}

// RFC 5227: who has this address says so to everybody, unasked.
func announce(link netlink.Link, address net.IP) error {
	mac := link.Attrs().HardwareAddr
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	everybody := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	frame := append(append(append([]byte{}, everybody...), mac...), 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1)
	frame = append(append(append(append(frame, mac...), address...), everybody...), address...)
	return unix.Sendto(socket, frame, 0, &unix.SockaddrLinklayer{Protocol: 0x0608, Ifindex: link.Attrs().Index, Halen: 6, Addr: [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}})
}
