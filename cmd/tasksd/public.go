package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// list returns a function that sets p to a list of values, which parse checks,
// separated by commas.
func list[T any](p *[]T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		var values []T
		for element := range strings.SplitSeq(s, ",") {
			value, err := parse(strings.TrimSpace(element))
			if err != nil {
				return fmt.Errorf("%q: %w", element, err)
			}
			values = append(values, value)
		}
		*p = values
		return nil
	}
}

// defaultPorts are the ports that browsers leave out of an origin.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// parseOrigin checks that s is an origin as browsers send it (RFC 6454, section
// 6.2), since the server compares it with theirs.
func parseOrigin(s string) (string, error) {
	if s == "*" || s == "null" {
		return "", errors.New("this would allow pages of everyone; name the origins, such as https://example.com")
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.HasSuffix(s, ":") || !strings.EqualFold(u.Scheme+"://"+u.Host, s) {
		return "", errors.New("want SCHEME://HOST or SCHEME://HOST:PORT, such as https://example.com, without a path")
	}
	if s != strings.ToLower(s) || strings.ContainsAny(s, "*%") || !isASCII(s) {
		return "", errors.New("want the origin as browsers send it: lower case, other scripts as xn--, no wildcard")
	}
	if port := u.Port(); port != "" && port == defaultPorts[u.Scheme] {
		return "", fmt.Errorf("browsers leave out the port %s of %s", port, u.Scheme)
	}
	return s, nil
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) }

// publicPath is the path of a public URL: characters that neither a header, a
// YAML document nor a Markdown link gives a meaning.
var publicPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// longestPublicURL leaves room for /tasks/ID in the 256 bytes that the
// specification grants Location.
const longestPublicURL = 200

// publicURL returns a function that sets p to the URL at which clients reach the
// server, without a slash at its end.
func publicURL(p *string) func(string) error {
	return func(s string) error {
		u, err := url.Parse(strings.TrimSuffix(s, "/"))
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") || strings.Contains(u.Host, "%") || !isASCII(s):
			return errors.New("want http://HOST or https://HOST, with a path if the proxy removes one, such as https://example.com/api")
		case u.User != nil || strings.ContainsAny(s, "?#"):
			return errors.New("want a URL without user, query and fragment")
		case !publicPath.MatchString(u.Path) || strings.Contains(u.Path+"/", "/./") || strings.Contains(u.Path+"/", "/../"):
			return errors.New("want a path of letters, digits and ._~-, such as /api")
		case len(s) > longestPublicURL:
			return fmt.Errorf("want at most %d bytes", longestPublicURL)
		}
		u.Host = strings.ToLower(u.Host)
		*p = u.String()
		return nil
	}
}

// parseNetwork parses a network, or an address as the network that has only it.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil || network.Addr().Is4In6() {
		return netip.Prefix{}, errors.New("want a network or an address, such as 10.0.0.0/8 or 127.0.0.1")
	}
	if network != network.Masked() {
		return netip.Prefix{}, fmt.Errorf("this network begins with %s", network.Masked())
	}
	return network, nil
}
