package server

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// idSource makes request ids: random UUIDs (RFC 9562, section 5.4) as URNs, so that
// no two are alike in all the logs of many servers. It makes them in batches,
// since one by one each costs an allocation and a call for random bytes. Its zero
// value is ready, and safe for concurrent use.
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
	var random [16 * idsPerBatch]byte
	_, _ = rand.Read(random[:]) // It never fails: see its documentation.
	text := make([]byte, 0, urnLength*idsPerBatch)
	for i := 0; i < len(random); i += 16 {
		id := random[i : i+16]
		id[6] = id[6]&0x0f | 0x40 // Version 4,
		id[8] = id[8]&0x3f | 0x80 // of the variant of RFC 9562.
		text = append(text, urnPrefix...)
		for j, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
			if j > 0 {
				text = append(text, '-')
			}
			text = hex.AppendEncode(text, part)
		}
	}
	b.text = string(text)
}
