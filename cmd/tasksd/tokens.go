package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/tasks/internal/server"
)

// tokenSet collects tokens and refuses duplicates. Its errors locate a token but
// repeat neither token nor name, since the two are easily swapped.
type tokenSet struct {
	tokens  []server.Token
	names   map[string]string // Where each name was first seen.
	secrets map[string]string // Where each secret was first seen.
}

// tokens returns the tokens of the file and the one of the environment, if any.
// Every error is a usageError.
func (o *options) tokens() ([]server.Token, error) {
	set := tokenSet{names: map[string]string{}, secrets: map[string]string{}}
	if o.tokenFile != "" {
		if err := set.addFile(o.tokenFile); err != nil {
			return nil, err
		}
	}
	if o.token != nil {
		if err := set.add("TASKSD_TOKEN", server.Token{Name: "TASKSD_TOKEN", Secret: *o.token}); err != nil {
			return nil, err
		}
	}
	return set.tokens, nil
}

func (s *tokenSet) addFile(path string) error {
	text, err := readPrivate(path)
	if err != nil {
		return usagef("-token-file: %w", err)
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		where := path + ":" + strconv.Itoa(n)
		readOnly := len(fields) == 3 && fields[2] == "read"
		if len(fields) != 2 && !readOnly {
			return usagef("%s: want a name, a space and a token, such as: laptop aGFyZC10by1ndWVzcw==; read may follow", where)
		}
		if err := s.add(where, server.Token{Name: fields[0], Secret: fields[1], ReadOnly: readOnly}); err != nil {
			return err
		}
	}
	if len(s.tokens) == 0 {
		return usagef("%s: no tokens; add a line with a name, a space and a token", path)
	}
	return nil
}

func (s *tokenSet) add(where string, t server.Token) error {
	switch {
	case !isB64Token(t.Secret):
		return usagef("%s: invalid token; use only letters, digits and -._~+/, with = only at the end", where)
	case len(t.Secret) < minTokenLength:
		return usagef("%s: a token of fewer than %d characters is easily guessed; make one with: openssl rand -base64 32", where, minTokenLength)
	case !utf8.ValidString(t.Name) || strings.ContainsFunc(t.Name, unicode.IsControl):
		return usagef("%s: the name must be UTF-8 without control characters", where)
	case s.names[t.Name] != "":
		return usagef("%s: same name as %s; give each token a name of its own", where, s.names[t.Name])
	case s.secrets[t.Secret] != "":
		return usagef("%s: same token as %s; give each name a token of its own", where, s.secrets[t.Secret])
	}
	s.names[t.Name], s.secrets[t.Secret] = where, where
	s.tokens = append(s.tokens, t)
	return nil
}

// minTokenLength is the length of 12 random bytes in base64: 96 bits, which
// nobody guesses over a network.
const minTokenLength = 16

// isB64Token reports whether a client can send s after "Bearer": it must be a
// b64token (RFC 6750, section 2.1).
func isB64Token(s string) bool {
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
	s = strings.TrimRight(s, "=")
	return s != "" && strings.Trim(s, chars) == ""
}

// readPrivate returns the text of a file that nobody but its owner may access.
// The group may read one of root, who alone can have allowed that: so do systemd
// (LoadCredential with an ACL, which shows as the group's permission) and Kubernetes
// (a Secret with fsGroup) hand over secrets. PostgreSQL has the same rule for
// ssl_key_file.
func readPrivate(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // The operator names it.
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return "", err
	}
	// Of the open file: the path may name another one by now.
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if mode := info.Mode().Perm(); !private(mode, ownedByRoot(info)) {
		return "", fmt.Errorf("%s has mode %#o, so others may see the tokens; run: chmod 600 %s", path, mode, path)
	}
	return string(text), nil
}

// private reports whether a file of this mode is only for those who must read it.
func private(mode fs.FileMode, rooted bool) bool {
	return mode&0o077 == 0 || rooted && mode&0o037 == 0
}
