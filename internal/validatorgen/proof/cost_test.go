//go:build unix

package proof

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// attacks make texts of about n bytes that cost a careless validator more than
// linear time or memory.
var attacks = map[string]func(n int) []byte{
	"deep arrays":  func(n int) []byte { return nested("[", "1", "]", n) },
	"deep objects": func(n int) []byte { return nested(`{"a":`, "1", "}", n) },
	"deep unended": func(n int) []byte { return []byte(strings.Repeat("[", n)) },
	"deep mixture": func(n int) []byte { return nested(`{"children":[`, "", "]}", n) },
	"many deep items": func(n int) []byte {
		return list("[", "]", n, func(i int) string { return string(nested(`{"a":`, fmt.Sprint(i), "}", 60_000)) })
	},
	"deep choices":       func(n int) []byte { return nested(`{"a":`, "1", `,"x":1}`, n) },
	"deep wrong choices": func(n int) []byte { return nested(`{"a":`, "true", `}`, n) },
	"deep late choices":  func(n int) []byte { return nested(`{"x":1,"y":"1","z":1,"a":`, "1", "}", n) },
	"many deep choices": func(n int) []byte {
		return list("[", "]", n, func(i int) string {
			return strings.Repeat(`{"next":[`, 45) + fmt.Sprint(i) + strings.Repeat("]}", 45)
		})
	},
	"many wrong choices": func(n int) []byte {
		return list("[", "]", n, func(i int) string {
			return strings.Repeat(`{"next":[`, 45) + `"` + fmt.Sprint(i) + `"` + strings.Repeat("]}", 45)
		})
	},
	"deep sums": func(n int) []byte { return nested(`{"sum":[{"minus":`, "1.5", "}]}", min(n, 1000)) },
	"many sums": func(n int) []byte {
		return list(`{"sum":[`, "]}", n, func(int) string { return strings.Repeat(`{"minus":`, 95) + `"A"` + strings.Repeat("}", 95) })
	},
	"many named": func(n int) []byte {
		return list(`{"pets":[`, "]}", n, func(i int) string { return fmt.Sprintf(`{"lives":%d,"name":"","kind":"cat"}`, i) })
	},
	"late name": func(n int) []byte {
		return []byte(`{"` + strings.Repeat(`x":1,"`, n/6) + `kind":"cat"}`)
	},
	"many unknown": func(n int) []byte {
		return list("{", "}", n, func(i int) string { return fmt.Sprintf(`"x%d":%d`, i, i) })
	},
	"one name":          func(n int) []byte { return list("{", "}", n, func(int) string { return `"a":1` }) },
	"one name, escaped": func(n int) []byte { return list("{", "}", n, func(int) string { return `"\u0061":1` }) },
	"near names": func(n int) []byte {
		return list("{", "}", n, func(i int) string { return fmt.Sprintf(`"nane%d":1`, i%10) })
	},
	"a long name": func(n int) []byte { return []byte(`{"` + strings.Repeat("a", n) + `":1}`) },
	"long names": func(n int) []byte {
		return list("{", "}", n, func(i int) string { return fmt.Sprintf(`"%s%d":1`, strings.Repeat("é", 500), i) })
	},
	"numbers":       func(n int) []byte { return list("[", "]", n, func(i int) string { return fmt.Sprint(i) }) },
	"equal numbers": func(n int) []byte { return list("[", "]", n, func(int) string { return "1.0" }) },
	"strings":       func(n int) []byte { return list("[", "]", n, func(i int) string { return fmt.Sprintf(`"s%d"`, i) }) },
	"objects": func(n int) []byte {
		return list("[", "]", n, func(i int) string { return fmt.Sprintf(`{"b":[%d],"a":1}`, i) })
	},
	"one unlike the rest": func(n int) []byte {
		return []byte(`[[` + strings.Repeat("1,", n/4) + `1],[` + strings.Repeat("1,", n/4) + `2]]`)
	},
	"a long integer":  func(n int) []byte { return []byte("1" + strings.Repeat("0", n)) },
	"a long fraction": func(n int) []byte { return []byte("0." + strings.Repeat("0", n) + "1") },
	"many digits":     func(n int) []byte { return []byte(strings.Repeat("123456789", n/9)) },
	"a long exponent": func(n int) []byte { return []byte("1e" + strings.Repeat("9", n)) },
	"a huge exponent": func(int) []byte { return []byte("1e999999999") },
	"a tiny exponent": func(int) []byte { return []byte("1e-999999999") },
	"a long string":   func(n int) []byte { return []byte(`"` + strings.Repeat("a", n) + `b"`) },
	"many escapes":    func(n int) []byte { return []byte(`"` + strings.Repeat(`\u0061`, n/6) + `"`) },
	"a long base64":   func(n int) []byte { return []byte(`"` + strings.Repeat("YWJj", n/4) + `"`) },
	"a long host": func(n int) []byte {
		return []byte(`"` + strings.Repeat("a.", n/2) + `a@` + strings.Repeat("a.", n/2) + `a"`)
	},
	"a long URI":                  func(n int) []byte { return []byte(`"http://` + strings.Repeat("%41[]", n/5) + `"`) },
	"a long fraction of a second": func(n int) []byte { return []byte(`"2024-01-01T00:00:00.` + strings.Repeat("1", n) + `Z"`) },
	"white space":                 func(n int) []byte { return bytes.Repeat([]byte(" "), n) },
}

// nested returns a text within n bytes of brackets.
func nested(open, inner, end string, n int) []byte {
	depth := n / (len(open) + len(end))
	return []byte(strings.Repeat(open, depth) + inner + strings.Repeat(end, depth))
}

// list returns an array or object of about n bytes.
func list(open, end string, n int, item func(i int) string) []byte {
	var b bytes.Buffer
	b.WriteString(open)
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item(i))
	}
	b.WriteString(end)
	return b.Bytes()
}

// TestCost shows that no text makes a validator panic or allocate more than a fixed
// multiple of its length. With a million documents it also shows that time is linear:
// texts then have up to 10 MiB, and quadratic time is 160 times linear time.
func TestCost(t *testing.T) {
	// One byte may be an item of an array, and become a Go struct; where values of any kind
	// are compared, ten may be an object, and become a map.
	const multiple = 200
	slack := uint64(1)
	if raced { // The detector has pools lose a part of the decoders that are given back.
		slack = 5
	}
	small, large := 8<<10, 32<<10
	subjects := costly()
	long := *documents >= 1_000_000
	if long {
		small, large, subjects = 64<<10, 10<<20, Subjects()
	}
	for name, attack := range attacks {
		least, longest, shorter := attack(small), attack(large), attack(large/10)
		for _, s := range subjects {
			if s.text == nil {
				continue
			}
			before, shortly := cost(func() { _ = s.text(least) })
			most := longest
			if shortly > 10*time.Millisecond { // Alternatives multiply the work for each byte by up to 64.
				most = shorter
			}
			after, took := cost(func() { _ = s.text(most) })
			// Short texts cost what does not depend on their length: a decoder for each of a
			// hundred levels of alternatives.
			if before, after := before/uint64(max(len(least), 4000)), after/uint64(max(len(most), 4000)); after > slack*multiple || after > slack*40 && after > slack*2*before {
				t.Errorf("%s %s, %s: %d bytes for each byte of %d, and %d of %d", s.Spec, s.Name, name, after, len(most), before, len(least))
			}
			// What outgrows the processor's caches takes up to 2.3 times as long for each
			// byte, and the collector works beside: hence the margin of 12, with which
			// neither linear nor quadratic time is mistaken for the other.
			slow := func() bool {
				return took > 200*time.Millisecond && took > time.Duration(12*len(most)/len(least))*shortly
			}
			for try := 0; try < 5 && long && slow(); try++ {
				_, again := cost(func() { _ = s.text(most) })
				took = min(took, again)
			}
			if long && slow() {
				t.Errorf("%s %s, %s: %v for %d bytes and %v for %d", s.Spec, s.Name, name, took, len(most), shortly, len(least))
			}
		}
	}
}

// formAttacks are bodies of about n bytes for operations of forms, with their media types.
var formAttacks = map[string]struct {
	operation, mediaType string
	body                 func(n int) []byte
}{
	"many names":    {"form", urlencoded, pairs(func(i int) string { return fmt.Sprintf("a%d=1&", i) })},
	"one name":      {"form", urlencoded, pairs(func(int) string { return "a&" })},
	"one member":    {"form", urlencoded, pairs(func(int) string { return "age=1&" })},
	"items":         {"form", urlencoded, pairs(func(int) string { return "tags&" })},
	"one list":      {"form", urlencoded, func(n int) []byte { return list("sizes=", "", n, func(i int) string { return fmt.Sprint(i) }) }},
	"escapes":       {"form", urlencoded, pairs(func(int) string { return "%01" })},
	"many brackets": {"form", urlencoded, pairs(func(i int) string { return fmt.Sprintf("place%s[%d]=1&", strings.Repeat("[]", i%90), i) })},
	"deep brackets": {"form", urlencoded, func(n int) []byte { return []byte("place" + strings.Repeat("[a]", n/3)) }},
	"indexes":       {"form", urlencoded, pairs(func(i int) string { return fmt.Sprintf("places[%d]=&", i) })},
	"many parts":    {"upload", multiparts, pairs(func(i int) string { return part(fmt.Sprintf("a%d", i), "") })},
	"files":         {"upload", multiparts, pairs(func(int) string { return part("file", "") })},
	"a long part":   {"upload", multiparts, func(n int) []byte { return []byte(part("title", strings.Repeat("a", n))) }},
	"part of items": {"upload", multiparts, pairs(func(int) string { return part("tags", "a") })},
	"deep JSON":     {"upload", multiparts, func(n int) []byte { return []byte(part("meta", strings.Repeat("[", n))) }},
	"wide JSON": {"upload", multiparts, func(n int) []byte {
		return []byte(part("meta", string(list("[", "]", n, func(int) string { return "1" }))))
	}},
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	multiparts = "multipart/form-data; boundary=b"
)

// pairs returns a function that joins pieces to about n bytes.
func pairs(piece func(i int) string) func(n int) []byte {
	return func(n int) []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < n; i++ {
			b.WriteString(piece(i))
		}
		return b.Bytes()
	}
}

// part returns a part of a form.
func part(name, content string) string {
	return "--b\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + content + "\r\n"
}

// TestCostOfForms shows that no form makes a decoder panic or allocate more than a fixed
// multiple of its length, or take more than linear time.
func TestCostOfForms(t *testing.T) {
	const small, large, multiple = 32 << 10, 1<<20 - 1000, 200
	for name, attack := range formAttacks {
		e := Endpoints()[slices.IndexFunc(Endpoints(), func(e *Endpoint) bool { return e.ID == attack.operation })]
		judge := func(n int) (allocated uint64, took time.Duration, length int) {
			body := attack.body(n)
			if attack.mediaType == multiparts {
				body = append(body, "--b--\r\n"...)
			}
			r := &Request{e, meaning.Request{Header: http.Header{"Content-Type": {attack.mediaType}}, Body: body}, meaning.Verdict{}}
			allocated, took = cost(func() { r.Ours() })
			return allocated, took, len(body)
		}
		_, shortly, short := judge(small)
		allocated, took, length := judge(large)
		t.Logf("%s: %d bytes for each byte of %d, %v, and %v of %d", name, allocated/uint64(length), length, took, shortly, short)
		if allocated > multiple*uint64(length) {
			t.Errorf("%s: %d bytes for each byte of %d", name, allocated/uint64(length), length)
		}
		if took > 200*time.Millisecond && took > time.Duration(12*length/short)*shortly {
			t.Errorf("%s: %v for %d bytes and %v for %d", name, took, length, shortly, short)
		}
	}
}

// costly returns the schemas that need the most work: the fuzzed ones, those that
// compare values of any size, and those whose alternatives multiply.
func costly() (all []*Subject) {
	for _, name := range fuzzed {
		all = append(all, find(name[0], name[1]))
	}
	for _, name := range []string{"EnumArrays", "EnumObjects", "UniqueStrings", "UniqueObjects", "AdditionalTrue", "AdditionalMap", "RefTree", "MultipleOfInteger", "MinimumBig", "TypeInteger"} {
		all = append(all, find("cases", name))
	}
	for _, name := range []string{"OneOfRecursive", "OneOfTangle", "DiscriminatorMapped", "DiscriminatorInMember", "AnyOfObjects", "NotTogether"} {
		all = append(all, byCase(name))
	}
	return append(all, find("orders", "OrderBatch"), find("unions", "Term"), find("unions", "Event"))
}

// cost returns how many bytes a function allocates, and how much processor time it takes,
// which does not depend on what else the machine does.
func cost(judge func()) (allocated uint64, took time.Duration) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	judge()
	took = processorTime() - start
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, took
}

// processorTime returns the processor time that the process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // It can't fail.
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
