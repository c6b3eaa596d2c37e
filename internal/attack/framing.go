package main

import (
	"fmt"
	"strings"
)

// smuggling sends requests of which a proxy might see other ends than the server.
// Where a request is ambiguous, the server must refuse it, or answer it and close
// the connection (RFC 9112, section 6.1).
func smuggling(x *assault) {
	var probes []probe
	refuse := func(texts ...string) {
		for _, text := range texts {
			probes = append(probes, probe{text, one(bad, unknown)})
		}
	}
	// Both lengths: the chunks count, and the connection ends with the answer.
	for _, length := range []int{0, 4, len(chunked), len(chunked + hidden), 1 << 20} {
		cl := fmt.Sprintf("Content-Length: %d\r\n", length)
		for _, header := range []string{cl + asChunk, asChunk + cl} {
			probes = append(probes, probe{post(header, chunked+hidden), one(created, bad)})
		}
	}
	// Codings that are chunked to some only.
	all := fmt.Sprintf("Content-Length: %d\r\n", len(chunked+hidden))
	for _, te := range []string{
		"Transfer-Encoding: xchunked\r\n",
		"Transfer-Encoding: identity\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"Transfer-Encoding: chunked, identity\r\n",
		"Transfer-Encoding: chunked, chunked\r\n",
		"Transfer-Encoding: \x0bchunked\r\n",
		"Transfer-Encoding: chunked\x00\r\n",
		"Transfer-Encoding: \"chunked\"\r\n",
		"Transfer-Encoding: chunked;q=1\r\n",
		"Transfer-Encoding: chunKed \x0c\r\n",
		"Transfer-Encoding:\r\n",
		"Transfer-Encoding : chunked\r\n",
		"Transfer-Encoding\t: chunked\r\n",
		"Transfer-Encoding\x00: chunked\r\n",
		asChunk + asChunk,
		asChunk + "Transfer-Encoding: identity\r\n",
		"X: a\rTransfer-Encoding: chunked\r\n",
		"X: a\x00Transfer-Encoding: chunked\r\n",
	} {
		refuse(post(all+te, chunked+hidden), post(te+all, chunked+hidden), post(te, chunked+hidden))
	}
	// Forms that may be read as chunked (RFC 9112, sections 2.2 and 5.2), or as
	// another header: one request in both cases, if the connection ends with it.
	for _, te := range []string{
		"Transfer-Encoding:\tchunked\r\n",
		"Transfer-Encoding: Chunked \r\n",
		"Transfer-Encoding:\r\n chunked\r\n",
		"X: a\nTransfer-Encoding: chunked\r\n",
		"Transfer_Encoding: chunked\r\n",
		"X: a\r\n Transfer-Encoding: chunked\r\n",
	} {
		probes = append(probes, probe{post(all+te, chunked+hidden), one(created, bad, unknown)})
	}
	probes = append(probes, framing()...)
	x.probe(append(probes, chunks()...))
}

// framing returns probes of the end of requests without a transfer coding.
func framing() []probe {
	body := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	in := func(line, header string) string { return line + "\r\nHost: localhost\r\n" + header + "\r\n" }
	whole := body(len(hidden))
	return []probe{
		// A body that is a request is a body, whoever ignores it.
		{in("GET "+victim+" HTTP/1.1", whole) + hidden, one(ok, bad)},
		{in("HEAD "+victim+" HTTP/1.1", whole) + hidden, one(ok, bad)},
		{in("OPTIONS "+victim+" HTTP/1.1", whole) + hidden, one(204, bad)},
		{in("GET /nowhere HTTP/1.1", whole) + hidden, one(notFound)},
		{in("PUT "+victim+" HTTP/1.1", whole) + hidden, one(405)},
		{in("GET /docs/ HTTP/1.1", whole) + hidden, one(ok)},
		{post(whole, hidden), one(bad)},
		{post(whole+"Expect: 100-continue\r\n", hidden), one(bad)},
		{post(whole+"Expect: 200-ok\r\n", hidden), one(bad, 417)},
		{in("GET "+victim+" HTTP/1.1", asChunk) + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden), one(ok, bad)},
		// Nothing follows the end of a connection.
		{in("GET "+victim+" HTTP/1.1", "Connection: close\r\n") + hidden, one(ok)},
		{in("GET "+victim+" HTTP/1.1", "Connection: keep-alive, close\r\n") + hidden, one(ok)},
		{in("GET "+victim+" HTTP/1.0", "") + hidden, one(ok)},
		// HTTP/1.0 knows no transfer coding: with one, the framing is faulty.
		{in("POST /tasks HTTP/1.0", asChunk+"Connection: keep-alive\r\n") + chunked + hidden, one(bad)},
		{in("POST /tasks HTTP/1.0", asChunk+body(4)+"Connection: keep-alive\r\n") + chunked + hidden, one(bad, 415)},
		{in("GET "+victim+" HTTP/1.0", asChunk+"Connection: keep-alive\r\n") + "0\r\n\r\n" + hidden, one(ok, bad)},
		// Lines.
		{strings.ReplaceAll(post(body(len(newTask)), newTask), "\r\n", "\n"), one(created, bad)},
		{"\r\n" + in("GET "+victim+" HTTP/1.1", ""), one(ok, bad)},
		{"GET " + victim + "\r\n\r\n" + hidden, one(bad, 0)}, // HTTP/0.9
		{"GET " + victim + " HTTP/1.1 HTTP/1.1\r\nHost: localhost\r\n\r\n", one(bad, notFound)},
		{"GET " + victim + " HTTP/2.0\r\nHost: localhost\r\n\r\n" + hidden, one(bad, 505)},
		{"GET " + victim + " HTTP/1.2\r\nHost: localhost\r\n\r\n", one(ok, bad, 505)},
		{"GET " + victim + " HTTP/1.10\r\nHost: localhost\r\n\r\n" + hidden, one(bad)},
		{"GET " + victim + " http/1.1\r\nHost: localhost\r\n\r\n" + hidden, one(bad)},
		{"GET\t" + victim + "\tHTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden, one(bad)},
		{" GET " + victim + " HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden, one(bad)},
		// Hosts.
		{"GET " + victim + " HTTP/1.1\r\n\r\n" + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "Host: localhost\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "Host : other\r\n") + hidden, one(bad)},
		{"GET " + victim + " HTTP/1.1\r\nHost: a b\r\n\r\n" + hidden, one(bad)},
		{"GET " + victim + " HTTP/1.1\r\nHost: a/b\r\n\r\n" + hidden, one(bad, 421)},
		{"GET " + victim + " HTTP/1.1\r\n Host: localhost\r\n\r\n" + hidden, one(bad)},
		// Header lines.
		{in("GET "+victim+" HTTP/1.1", "no colon\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", ": no name\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "a name: x\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "X: \x00\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "X: \x7f\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "X\xe9: x\r\n") + hidden, one(bad)},
		{in("GET "+victim+" HTTP/1.1", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), one(ok)},
	}
}

// chunks returns probes of chunked bodies.
func chunks() (probes []probe) {
	data := newTask + "\r\n"
	end := "0\r\n\r\n"
	for _, body := range []string{
		chunked,
		"011\r\n" + data + end,
		"11;a=b\r\n" + data + end,
		"11;a=\"b\"\r\n" + data + end,
		"11 \r\n" + data + end,
		chunk + "0;a\r\n\r\n",
		chunk + "0\r\nTrailer: x\r\n\r\n",
		chunk + "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		chunk + "000\r\n\r\n",
	} {
		probes = append(probes, probe{post(asChunk, body), one(created, bad)}, probe{post(asChunk+"Content-Length: 3\r\n", body+hidden), one(created, bad)})
	}
	for _, body := range []string{
		"0x11\r\n" + data + end,
		"+11\r\n" + data + end,
		"-11\r\n" + data + end,
		" 11\r\n" + data + end,
		"1_1\r\n" + data + end,
		"1 1\r\n" + data + end,
		"\r\n11\r\n" + data + end,
		"11\n" + data + end,
		"11;\n" + data + end,
		"11;a\nb\r\n" + data + end,
		"11;a\rb\r\n" + data + end,
		"11\r;a\r\n" + data + end,
		"11\r\r\n" + data + end,
		"11\x00\r\n" + data + end,
		"11,a\r\n" + data + end,
		"1111111111111111111\r\n" + data + end,
		"ffffffffffffffff\r\n" + data + end,
		"fffffffffffffff1\r\n" + data + end,
		"11\r\n" + newTask + end,
		"11\r\n" + newTask + "\n" + end,
		"11\r\n" + newTask + "XX" + end,
		"10\r\n" + data + end,
		"12\r\n" + data + end,
		chunk + "0\n\n",
		chunk + "0\n\r\n",
		chunk + "\r\n",
		chunk + "g\r\n\r\n",
	} {
		probes = append(probes, probe{post(asChunk, body+hidden), one(bad, 0)})
	}
	return probes
}

// lyingLengths sends bodies that are longer and shorter than they say, or that say
// it in an odd way.
func lyingLengths(x *assault) {
	var probes []probe
	for value, want := range map[string][][]int{
		"17":                   one(created),
		" 17\t":                one(created),
		"017":                  one(created, bad),
		"17, 17":               one(created, bad),
		"16":                   {{bad}, {bad, 0}},
		"0":                    {{bad}, {bad, 0}},
		"":                     one(bad),
		"+17":                  one(bad),
		"-17":                  one(bad),
		"0x11":                 one(bad),
		"1_7":                  one(bad),
		"17.0":                 one(bad),
		"17 17":                one(bad),
		"17, 18":               one(bad),
		"17;":                  one(bad),
		"\x0b17":               one(bad),
		"１７":                   one(bad),
		"18":                   one(bad, 408, 0), // It never comes.
		"65536":                one(bad, 408, 0),
		"65537":                one(tooLarge),
		"1073741824":           one(tooLarge),
		"9223372036854775807":  one(tooLarge, bad),
		"9223372036854775808":  one(bad),
		"18446744073709551633": one(bad), // 17 modulo 2^64
	} {
		probes = append(probes, probe{post("Content-Length: "+value+"\r\n", newTask), want})
	}
	for second, want := range map[string][][]int{
		"17": one(created, bad), "0": one(bad), "16": one(bad), "18": one(bad), "": one(bad), "x": one(bad),
	} {
		probes = append(probes,
			probe{post("Content-Length: 17\r\nContent-Length: "+second+"\r\n", newTask), want},
			probe{post("Content-Length: "+second+"\r\nContent-Length: 17\r\n", newTask), want})
	}
	for _, line := range []string{"GET " + victim, "HEAD " + victim, "PUT " + victim, "GET /nowhere", "GET /docs/"} { // A body that is ignored, and never comes.
		probes = append(probes, probe{line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n", one(ok, bad, notFound, 405, 408, 0)})
	}
	x.probe(probes)
}
