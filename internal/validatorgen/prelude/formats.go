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
	durationPattern = regexp.MustCompile(`^P([0-9]{1,9}W|([0-9]{1,9}Y)?([0-9]{1,9}M)?([0-9]{1,9}D)?(T([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}S)?)?)$`)
	pointerPattern  = regexp.MustCompile(`^(/([^~/]|~[01])*)*$`)
	relativePattern = regexp.MustCompile(`^(` + uriNamed + `|/((` + uriChar + `)(` + uriChar + `|/)*)?|((` + uriWord + `|@)+(/(` + uriChar + `|/)*)?)?)` + uriTail + `$`)
	emailPattern    = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~` + "`" + `-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	hostnamePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	uriPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(` + uriNamed + `|` + uriPlain + `)` + uriTail + `$`)
)

// duration reports whether s is a duration (RFC 3339, appendix A) of at least one part,
// each of at most 9 digits, and adds a fault if not. Like ISO 8601, it allows that a part
// in the middle is missing.
func (f *faults) duration(s string) bool {
	last := strings.TrimRight(s, "PT")
	return f.must(durationPattern.MatchString(s) && len(last) == len(s), "be a duration, such as P1DT12H")
}

// timeOfDay reports whether s is a time with an offset (RFC 3339, section 5.6:
// full-time), and adds a fault if not. A leap second ends a day of UTC (section 5.7).
func (f *faults) timeOfDay(s string) bool {
	clock, leap := s, len(s) > 8 && s[6:8] == "60"
	if leap {
		clock = s[:6] + "59" + s[8:]
	}
	t, err := time.Parse(time.RFC3339, "2006-01-02T"+strings.ToUpper(clock))
	ok := err == nil && dateTimePattern.MatchString("2006-01-02T"+clock)
	return f.must(ok && (!leap || t.UTC().Format("15:04") == "23:59"), "be a time, such as 15:04:05Z")
}

// jsonPointer reports whether s is a JSON Pointer (RFC 6901, section 3), and adds a fault
// if not.
func (f *faults) jsonPointer(s string) bool {
	return f.must(pointerPattern.MatchString(s), "be a JSON Pointer")
}

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
func (f *faults) uri(s string) bool { return f.must(matchesURI(uriPattern, s), "be a URI") }

// uriReference reports whether s is a URI or a relative reference (RFC 3986, section
// 4.1), and adds a fault if not.
func (f *faults) uriReference(s string) bool {
	return f.must(matchesURI(uriPattern, s) || matchesURI(relativePattern, s), "be a URI or a relative reference")
}

// matchesURI reports whether s matches a pattern, with a host that is right.
func matchesURI(pattern *regexp.Regexp, s string) bool {
	parts := pattern.FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	address := parts[pattern.SubexpIndex("ipv6")]
	a, err := netip.ParseAddr(address)
	return address == "" || err == nil && a.Is6()
}

// conforms reports whether a user's function found a string to conform to a format, and
// adds its error as a fault if not: "must be …".
func (f *faults) conforms(err error) bool {
	if err != nil {
		f.add(err.Error())
	}
	return err == nil
}
