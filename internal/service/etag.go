package service

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/cespare/xxhash/v2"

	"example.com/tasks/gen/api"
	"example.com/tasks/internal/store"
)

// representation is hashed into every entity tag. It changes whenever the same
// tasks come to be written differently.
const representation = "tasks 1"

// taskTag returns the strong entity tag (RFC 9110, section 8.8.3) of a task: a
// hash, the same on every machine, of what makes up its representation.
func taskTag(t store.Task) string {
	var room [320]byte // A title of 200 letters fits.
	return entityTag(xxhash.Sum64(appendTask(append(room[:0], representation...), &t)))
}

// pageTag returns the strong entity tag of a page and its link. Numbers and
// lengths stand before what they count, so that no two pages have the same text
// hashed.
func pageTag(page []store.Task, next *string) string {
	var h xxhash.Digest
	h.Reset()
	var room [640]byte // Half of it holds a task with a title of 200 letters, most have several.
	text := binary.AppendUvarint(append(room[:0], representation...), uint64(len(page)))
	for i := range page {
		text = appendTask(text, &page[i])
		if len(text) > cap(text)/2 {
			_, _ = h.Write(text) // A hash takes everything.
			text = text[:0]
		}
	}
	if next != nil {
		text = appendText(text, *next)
	}
	_, _ = h.Write(text)
	return entityTag(h.Sum64())
}

// entityTag writes a hash as an entity tag.
func entityTag(hash uint64) string {
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], hash)
	tag := [13]byte{0: '"', 12: '"'}
	base64.RawURLEncoding.Encode(tag[1:12], sum[:])
	return string(tag[:])
}

func appendTask(b []byte, t *store.Task) []byte {
	b = append(b, t.ID[:]...)
	if t.Done {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return appendText(b, t.Title)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// matchesWeakly evaluates If-None-Match (RFC 9110, section 13.1.2): it reports
// whether a header is given and names the tag, weak or not.
func matchesWeakly(header *api.EntityTags, etag string) bool {
	return header != nil && names(*header, etag, true)
}

// matchesStrongly evaluates If-Match (RFC 9110, section 13.1.1): it reports
// whether no header is given, or one that names the task's tag, and not a weak
// one.
func matchesStrongly(header *api.EntityTags, t store.Task) bool {
	return header == nil || names(*header, taskTag(t), false)
}

// names reports whether a list of entity tags is * or has the tag.
func names(list, etag string, weakToo bool) bool {
	if list == "*" {
		return true
	}
	for {
		before, rest, found := strings.Cut(list, `"`)
		if !found {
			return false
		}
		tag, after, _ := strings.Cut(rest, `"`)
		if tag == etag[1:len(etag)-1] && (weakToo || !strings.HasSuffix(before, "W/")) {
			return true
		}
		list = after
	}
}
