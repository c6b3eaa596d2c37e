package prelude

import (
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// base64 decodes padded base64 (RFC 4648, section 4).
func (f *faults) base64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		f.add("must be base64")
		return nil, false
	}
	return b, true
}

// date parses a date, which must exist (RFC 3339, section 5.6: full-date).
func (f *faults) date(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		f.add("must be a date, such as 2006-01-02")
	}
	return t, err == nil
}

// dateTime parses a date and time, which must exist (RFC 3339, section 5.6:
// date-time). Leap seconds are refused, since time.Time has none.
func (f *faults) dateTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	if err != nil || !dateTimePattern.MatchString(s) { // Parse is lenient: T0:00, +24:00, a comma.
		f.add("must be a date and time, such as 2006-01-02T15:04:05Z")
		return t, false
	}
	return t, true
}

// uuid parses a UUID, and adds a fault if that fails.
func (f *faults) uuid(s string) (id [16]byte, ok bool) {
	id, ok = parseUUID(s)
	if !ok {
		f.add("must be a UUID")
	}
	return id, ok
}

// parseUUID parses a UUID (RFC 9562, section 4).
func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		var digits [32]byte
		copy(digits[:8], s[:8])
		copy(digits[8:12], s[9:13])
		copy(digits[12:16], s[14:18])
		copy(digits[16:20], s[19:23])
		copy(digits[20:], s[24:])
		if _, err := hex.Decode(id[:], digits[:]); err == nil {
			return id, true
		}
	}
	return [16]byte{}, false
}

// The parts of a URI (RFC 3986, appendix A).
const (
	uriWord  = `[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}`
	uriChar  = uriWord + `|[:@]`
	uriHost  = `(\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|\[[vV][0-9A-Fa-f]+\.(` + uriWord + `|:)+\]|(` + uriWord + `)*)(:[0-9]*)?`
	uriNamed = `//((` + uriWord + `|:)*@)?` + uriHost + `(/(` + uriChar + `|/)*)?`
	uriPlain = `/?((` + uriChar + `)(` + uriChar + `|/)*)?`
	uriTail  = `(\?(` + uriChar + `|[/?])*)?(#(` + uriChar + `|[/?])*)?`
)

var (
	dateTimePattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	emailPattern    = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	hostnamePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	uriPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(` + uriNamed + `|` + uriPlain + `)` + uriTail + `$`)
)

// email reports whether s is an address without comments, quotes or white space
// (RFC 5321, section 4.1.2: Dot-string and Domain), and adds a fault if not.
func (f *faults) email(s string) bool {
	return f.must(emailPattern.MatchString(s), "be an email address")
}

// hostname reports whether s is a host name (RFC 1123, section 2.1), and adds a
// fault if not.
func (f *faults) hostname(s string) bool {
	return f.must(len(s) <= 253 && hostnamePattern.MatchString(s), "be a host name")
}

// ipv4 reports whether s is an IPv4 address in dotted decimal notation, and adds
// a fault if not.
func (f *faults) ipv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is4(), "be an IPv4 address")
}

// ipv6 reports whether s is an IPv6 address without a zone (RFC 4291, section
// 2.2), and adds a fault if not.
func (f *faults) ipv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return f.must(err == nil && a.Is6() && a.Zone() == "", "be an IPv6 address")
}

// uri reports whether s is a URI with a scheme (RFC 3986, section 3), and adds a
// fault if not.
func (f *faults) uri(s string) bool {
	ok := false
	if parts := uriPattern.FindStringSubmatch(s); parts != nil {
		address := parts[uriPattern.SubexpIndex("ipv6")]
		a, err := netip.ParseAddr(address)
		ok = address == "" || err == nil && a.Is6()
	}
	return f.must(ok, "be a URI")
}
