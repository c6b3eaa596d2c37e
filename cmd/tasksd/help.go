package main

import "strings"

const helpBefore = `Usage:
    tasksd [flags]

Serves a task list over HTTP, and its documentation at /docs/. A flag takes
precedence over its environment variable, which stands beside it.
`

const helpAfter = `
A token file has one NAME TOKEN per line; blank lines and lines that begin with
# are ignored. A token that read follows (NAME TOKEN read) may only read: it
allows GET and HEAD, and anything else gets 403. The log has the names, never
the tokens. A token consists of at least 16 letters, digits and -._~+/ and may
end in =. Only its owner may have access to the file (chmod 600); a group may
read it if the owner is root. It is read again when it changes and on SIGHUP; if
it is invalid, the previous tokens stay valid.

The log never delays the server. Lines that standard error does not accept are
dropped; their number is logged once it accepts lines again.

The first SIGINT or SIGTERM, or the end of the terminal, stops the server once
the requests under way are answered, or after -drain and -grace. The second
kills it.

The exit code is 0 after a clean stop, 1 after a failure, and 2 if the flags,
the environment or the token file must be corrected.

Examples:
    $ tasksd -demo
    $ tasksd -store sqlite:tasks.db
    $ PGPASSWORD=... tasksd -store postgres://tasks@db1,db2/tasks

    $ (umask 077 && echo "laptop $(openssl rand -base64 32)" > tokens)
    $ tasksd -addr :8000 -token-file tokens
    $ curl --oauth2-bearer TOKEN http://localhost:8000/tasks
`

// help returns what -help prints.
func help() string {
	var b strings.Builder
	b.WriteString(helpBefore)
	for _, section := range new(options).sections() {
		b.WriteString("\n" + section.title + ":\n")
		for _, s := range section.settings {
			b.WriteString("    " + s.heading() + "\n" + wrap(s.explanation(), "        ", 80))
		}
	}
	b.WriteString(helpAfter)
	return b.String()
}

// heading returns the names of a setting: -addr HOST:PORT, TASKSD_ADDR.
func (s setting) heading() string {
	var names []string
	if s.only != "variable" {
		names = append(names, strings.TrimSpace("-"+s.name+" "+s.arg))
	}
	if s.only != "flag" {
		names = append(names, s.variable())
	}
	return strings.Join(names, ", ")
}

// explanation returns the meaning of a setting and its default.
func (s setting) explanation() string {
	if s.initial == "" {
		return s.meaning
	}
	return s.meaning + " The default is " + s.initial + "."
}

// wrap returns text in lines of at most width bytes that begin with indent.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}

// markdown returns all settings as a table in Markdown.
func markdown() string {
	var b strings.Builder
	b.WriteString("| flag | variable | default | meaning |\n|---|---|---|---|\n")
	for s := range new(options).settings() {
		flag, variable := "`"+strings.TrimSpace("-"+s.name+" "+s.arg)+"`", "`"+s.variable()+"`"
		switch s.only {
		case "flag":
			variable = ""
		case "variable":
			flag = ""
		}
		initial := ""
		if s.initial != "" {
			initial = "`" + s.initial + "`"
		}
		b.WriteString("| " + strings.Join([]string{flag, variable, initial, s.meaning}, " | ") + " |\n")
	}
	return b.String()
}
