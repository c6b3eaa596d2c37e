package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// origins decides which pages of other origins may call the server (Fetch
// Standard, section 3.3, CORS protocol) and refuses what all others would change.
// It is made by hand since the same rule must answer preflights and excuse writes,
// and errors must be readable too; the libraries for CORS cover the first alone,
// and answer refused preflights with an empty 403.
type origins struct {
	named     []string                   // As browsers send them.
	local     bool                       // Whether those of this machine are allowed.
	crossSite http.CrossOriginProtection // Trusts the public URL's origin.
}

func newOrigins(named []string, local bool, public *url.URL) *origins {
	o := &origins{named: named, local: local}
	if public.Host != "" {
		if err := o.crossSite.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
			panic(err) // A URL with a host has an origin.
		}
	}
	return o
}

// any reports whether any origin is allowed.
func (o *origins) any() bool { return o.local || len(o.named) > 0 }

// of returns the origin of the page that sent a request, or "" if it is not
// allowed or there is none.
func (o *origins) of(r *http.Request) string {
	if lines := r.Header["Origin"]; len(lines) == 1 && o.allow(lines[0]) {
		return lines[0]
	}
	return ""
}

// allow reports whether pages of an origin can use the server.
func (o *origins) allow(origin string) bool {
	return slices.Contains(o.named, origin) || o.local && isLocalOrigin(origin)
}

// foreign reports whether a request would change something for a page of an origin
// that is not allowed. Such a request needs no preflight if it looks like a form.
func (o *origins) foreign(r *http.Request) bool { return o.crossSite.Check(r) != nil }

// isLocalOrigin reports whether an origin is a page that this machine serves.
func isLocalOrigin(origin string) bool {
	scheme, host, _ := strings.Cut(origin, "://")
	return (scheme == "http" || scheme == "https") && isLocalHost(host)
}

// isLocalHost reports whether a host, with or without a port, is localhost or a
// loopback address.
func isLocalHost(host string) bool {
	name := strings.TrimSuffix(hostname(host), ".") // The root, which a name may end with.
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

// hostname returns a host without its port, and without the brackets of an IPv6
// address.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// isPreflight reports whether a browser asks with a request whether it may send
// another one. OPTIONS is otherwise a request of its own.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Access-Control-Request-Method"]) > 0
}

// Header values of the CORS protocol. Since no request is allowed to have
// credentials that the browser adds, such as cookies, * means all methods or
// headers, except Authorization, which must be named.
var (
	all        = []string{"*"}
	allHeaders = []string{"*, Authorization"}
	maxAge     = []string{"7200"} // Seconds; Chromium believes no longer time.
)

// share sets the headers that let the page that sent the request read the
// response, if it may.
func (x *exchange) share() {
	h := x.Header()
	h["Vary"] = append(h["Vary"], "Origin")
	if x.origin != "" {
		h["Access-Control-Allow-Origin"] = []string{x.origin}
		h["Access-Control-Expose-Headers"] = all
	}
}

// preflight answers a preflight of an allowed page, for every path: whether that
// exists, the page learns from the answer to its request.
func (x *exchange) preflight() {
	h := x.Header()
	h["Access-Control-Allow-Methods"] = all
	h["Access-Control-Allow-Headers"] = allHeaders
	h["Access-Control-Max-Age"] = maxAge
	x.WriteHeader(http.StatusNoContent)
}
