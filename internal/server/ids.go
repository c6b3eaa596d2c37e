package server

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// idSource makes request ids: random UUIDs (RFC 9562, section 5.4) as URNs, so that
// no two are alike in all the logs of many servers. They are no secrets. It makes
// them in batches, since one by one each costs an allocation. Its zero value is
// ready, and safe for concurrent use.
type idSource struct{ batches sync.Pool }

// idsPerBatch is how many ids share the memory of one string.
const idsPerBatch = 32

const urnPrefix = "urn:uuid:" // RFC 9562, section 4.

// urnLength is that of an id's text.
const urnLength = len(urnPrefix) + 36

type idBatch struct{ text string }

// next returns an id.
func (s *idSource) next() (urn string) {
	b, ok := s.batches.Get().(*idBatch)
	if !ok {
		b = new(idBatch)
	}
	if b.text == "" {
		b.fill()
	}
	urn = b.text[:urnLength]
	b.text = b.text[urnLength:]
	s.batches.Put(b)
	return urn
}

func (b *idBatch) fill() {
	text := make([]byte, 0, urnLength*idsPerBatch)
	for range idsPerBatch {
		var id uuid.UUID
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
		id[6] = id[6]&0x0f | 0x40     // Version 4,
		id[8] = id[8]&0x3f | 0x80     // of the variant of RFC 9562.
		digits, _ := id.MarshalText() // It never fails.
		text = append(append(text, urnPrefix...), digits...)
	}
	b.text = string(text)
}
