package server

import (
	"net/http"

	"github.com/google/uuid"
)

const urnPrefix = "urn:uuid:" // RFC 9562, section 4.

// urnOf returns the id of a request as a URN: the UUID in its X-Request-Id, so
// that the logs of a proxy and of this server share it, or else a new one. Ids
// are not secret.
func urnOf(r *http.Request) string {
	if given := r.Header["X-Request-Id"]; len(given) == 1 && isUUID(given[0]) {
		return urnPrefix + given[0]
	}
	return uuid.New().URN()
}

// isUUID reports whether s is a UUID (RFC 9562, section 4) in lower case.
func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		isHex(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:], 32)
}
