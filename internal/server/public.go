package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hosts are the hosts that a server answers for.
type hosts struct {
	local  bool   // Whether it refuses all but this machine's and public.
	public string // The host of the public URL.
}

// have reports whether the server answers for a host, with or without a port. A
// page whose name an attacker has made lead to this machine (DNS rebinding) sends
// its own.
func (h hosts) have(host string) bool {
	return !h.local || isLocalHost(host) || h.public != "" && strings.EqualFold(hostname(host), h.public)
}

// publish makes the paths in the response's Location and Link those of the public
// URL.
func (x *exchange) publish() {
	h := x.Header()
	if to := h["Location"]; len(to) > 0 {
		h["Location"] = []string{x.public + to[0]}
	}
	if to := h["Link"]; len(to) > 0 {
		h["Link"] = []string{"<" + x.public + strings.TrimPrefix(to[0], "<")}
	}
}

// remote returns the address of the client: the peer of the connection, with its
// port, or what the last trusted proxy says who called it. Every proxy adds its
// peer to the end of X-Forwarded-For, so the client is the last address there that
// is not a trusted proxy's; what stands before that is the client's own claim.
func (s *Server) remote(r *http.Request) string {
	remote := r.RemoteAddr
	if len(s.proxies) == 0 {
		return remote
	}
	peer, err := netip.ParseAddrPort(remote)
	if err != nil || !s.trusts(peer.Addr()) {
		return remote
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := forwarded(strings.TrimSpace(hop))
		if !ok {
			return remote
		}
		remote = addr.Unmap().String()
		if !s.trusts(addr) {
			return remote
		}
	}
	return remote
}

// forwarded returns the address in an entry of X-Forwarded-For, to which some gateways add
// the client's port, and whether it is one.
func forwarded(entry string) (addr netip.Addr, ok bool) {
	addr, err := netip.ParseAddr(entry)
	if err != nil {
		var with netip.AddrPort
		with, err = netip.ParseAddrPort(entry)
		addr = with.Addr()
	}
	return addr, err == nil && addr.Zone() == ""
}

// trusts reports whether an address is that of a trusted proxy.
func (s *Server) trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
