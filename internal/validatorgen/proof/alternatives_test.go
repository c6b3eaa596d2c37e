package proof

import "testing"

// BenchmarkAlternatives measures the reading of an object by itself, as the one of three
// alternatives that it names, and as one of three that are all tried.
func BenchmarkAlternatives(b *testing.B) {
	text := []byte(`{"method":"transfer","account":"abcdef","amount":12,"due":"2024-02-29"}`)
	for _, c := range []struct{ name, schema string }{{"alone", "Transfer"}, {"named", "Payment"}, {"tried", "Money"}} {
		s := find("unions", c.schema)
		b.Run("read="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.text(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
