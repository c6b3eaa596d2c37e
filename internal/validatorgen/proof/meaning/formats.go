package meaning

import (
	"encoding/base64"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// Formats has the formats of strings that are checked. Others are annotations.
var Formats = map[string]func(string) bool{
	"byte":          isBase64,
	"date":          isDate,
	"date-time":     isDateTime,
	"duration":      isDuration,
	"email":         isEmail,
	"hostname":      isHostname,
	"ipv4":          isIPv4,
	"ipv6":          isIPv6,
	"json-pointer":  isPointer,
	"time":          isTime,
	"uri":           isURI,
	"uri-reference": isReference,
	"uuid":          regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`).MatchString, // RFC 9562, section 4.
}

// isBase64 follows RFC 4648, section 4: groups of four, the last one padded, with zero
// bits under the padding (section 3.5).
func isBase64(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && base64.StdEncoding.EncodeToString(b) == s
}

var (
	dateForm = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)$`)
	timeForm = regexp.MustCompile(`^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$`)
)

// isDate follows RFC 3339, section 5.6 (full-date) and 5.7 (days of a month).
func isDate(s string) bool {
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	year, month, day := atoi(m[1]), atoi(m[2]), atoi(m[3])
	if month < 1 || month > 12 {
		return false
	}
	days := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day >= 1 && day <= days
}

// isDateTime follows RFC 3339, section 5.6 (date-time), without leap seconds, which
// time.Time does not have.
func isDateTime(s string) bool {
	date, clock, ok := strings.Cut(strings.ReplaceAll(s, "t", "T"), "T")
	return ok && isDate(date) && isTime(clock) && clock[6:8] != "60"
}

// isTime follows RFC 3339, section 5.6 (full-time) and 5.7 (a leap second is the last of a
// day in UTC).
func isTime(s string) bool {
	m := timeForm.FindStringSubmatch(s)
	if m == nil || atoi(m[1]) > 23 || atoi(m[2]) > 59 || atoi(m[3]) > 60 || atoi(m[5]) > 23 || atoi(m[6]) > 59 {
		return false
	}
	minute, offset := atoi(m[1])*60+atoi(m[2]), atoi(m[5])*60+atoi(m[6])
	if m[4] == "+" {
		offset = -offset
	}
	const day = 24 * 60
	return atoi(m[3]) < 60 || (minute+offset+day)%day == day-1
}

// isDuration follows RFC 3339, appendix A, but parts may be missing in the middle, as in
// ISO 8601, and a part has at most 9 digits.
func isDuration(s string) bool {
	period, ok := strings.CutPrefix(s, "P")
	if !ok || period == "" {
		return false
	}
	date, clock, timed := strings.Cut(period, "T")
	return hasParts(period, "W") || hasParts(date, "YMD") && hasParts(clock, "HMS") && timed == (clock != "")
}

// hasParts reports whether a text has numbers, each followed by one of the units in their
// order.
func hasParts(s, units string) bool {
	for s != "" {
		rest := strings.TrimLeft(s, digits)
		if n := len(s) - len(rest); n == 0 || n > 9 || rest == "" {
			return false
		}
		i := strings.IndexByte(units, rest[0])
		if i < 0 {
			return false
		}
		s, units = rest[1:], units[i+1:]
	}
	return true
}

// isPointer follows RFC 6901, section 3.
func isPointer(s string) bool {
	escapes := strings.Count(s, "~0") + strings.Count(s, "~1")
	return (s == "" || s[0] == '/') && strings.Count(s, "~") == escapes
}

// atoi parses digits; "" is 0.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// isEmail follows RFC 5321, section 4.1.2, for Dot-string and Domain only.
func isEmail(s string) bool {
	const atext = "!#$%&'*+-/=?^_`{|}~"
	local, domain, ok := strings.Cut(s, "@")
	for atom := range strings.SplitSeq(local, ".") {
		ok = ok && atom != "" && strings.Trim(atom, letters+digits+atext) == ""
	}
	for label := range strings.SplitSeq(domain, ".") {
		ok = ok && isLabel(label)
	}
	return ok
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// isLabel follows RFC 1123, section 2.1, except for the length.
func isLabel(s string) bool {
	return s != "" && s[0] != '-' && s[len(s)-1] != '-' && strings.Trim(s, letters+digits+"-") == ""
}

// isHostname follows RFC 1123, section 2.1, and RFC 1034, section 3.1: 63 bytes
// a label and 253 in all.
func isHostname(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) || len(label) > 63 {
			return false
		}
	}
	return len(s) <= 253
}

// isIPv4 follows RFC 2673, section 3.2: four numbers up to 255, without leading zeros.
func isIPv4(s string) bool {
	parts := strings.Split(s, ".")
	for _, p := range parts {
		if n, err := strconv.ParseUint(p, 10, 8); err != nil || strconv.FormatUint(n, 10) != p {
			return false
		}
	}
	return len(parts) == 4
}

// isIPv6 follows RFC 4291, section 2.2. net.ParseIP rejects zones.
func isIPv6(s string) bool { return strings.Contains(s, ":") && net.ParseIP(s) != nil }

// isURI follows RFC 3986, appendix A (URI).
func isURI(s string) bool { return hasHost(uriForm, s) }

// isReference follows RFC 3986, appendix A (URI-reference).
func isReference(s string) bool { return hasHost(uriForm, s) || hasHost(relativeForm, s) }

// hasHost reports whether a text has a form, with a right address between brackets.
func hasHost(form *regexp.Regexp, s string) bool {
	m := form.FindStringSubmatch(s)
	return m != nil && (m[1] == "" || isIPv6(m[1]) || futureForm.MatchString(m[1]))
}

// The forms have the address between brackets as their first group.
const (
	segmentForm   = `(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})`
	noColonForm   = `(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})`
	authorityForm = `(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?(?:\[([^\]]+)\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?`
	hierarchyForm = `//` + authorityForm + `(?:/` + segmentForm + `*)*|/(?:` + segmentForm + `+(?:/` + segmentForm + `*)*)?`
	endForm       = `(?:\?(?:` + segmentForm + `|[/?])*)?(?:#(?:` + segmentForm + `|[/?])*)?$`
)

var (
	uriForm      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(?:` + hierarchyForm + `|` + segmentForm + `+(?:/` + segmentForm + `*)*|)` + endForm)
	relativeForm = regexp.MustCompile(`^(?:` + hierarchyForm + `|` + noColonForm + `+(?:/` + segmentForm + `*)*|)` + endForm)
	futureForm   = regexp.MustCompile(`^[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+$`)
)
