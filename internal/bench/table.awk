# Prints the output of go test -bench as Markdown tables, one for each benchmark.
# The name of a subbenchmark, such as call=get/tasks=1000, has the row and the
# column. A cell has the minimum ns/op of several measurements, followed by the
# allocs/op if they are reported. The input is copied to standard error to show
# progress.

{ print > "/dev/stderr" }
$0 == "PASS" { passed = 1 }

/^Benchmark/ && $4 == "ns/op" {
	split($1, part, "/")
	split(part[2], row, "=")
	split(part[3], column, "=")
	table = part[1]
	gsub(/_/, " ", row[2])
	sub(/-[0-9]+$/, "", column[2]) # GOMAXPROCS.
	gsub(/_/, " ", column[2])
	if (!(table in head)) {
		tables[++n] = table
		head[table] = row[1] ", by " column[1]
	}
	if (!((table, row[2]) in seen)) rows[table, ++height[table]] = row[2]
	if (!((table, "", column[2]) in seen)) columns[table, ++width[table]] = column[2]
	seen[table, row[2]] = seen[table, "", column[2]] = 1
	at = table SUBSEP row[2] SUBSEP column[2]
	if (!(at in ns) || $3 + 0 < ns[at]) {
		ns[at] = $3 + 0
		cell[at] = sprintf("%.0f", $3) ($8 == "allocs/op" ? " (" $7 ")" : "")
	}
}

END {
	if (!passed || !n) {
		print "table.awk: the benchmarks did not pass" > "/dev/stderr"
		exit 1
	}
	for (i = 1; i <= n; i++) {
		table = tables[i]
		line = "\n| " head[table] " |"
		rule = "|---|"
		for (c = 1; c <= width[table]; c++) {
			line = line " " columns[table, c] " |"
			rule = rule "---:|"
		}
		print line "\n" rule
		for (r = 1; r <= height[table]; r++) {
			line = "| " rows[table, r] " |"
			for (c = 1; c <= width[table]; c++) line = line " " cell[table, rows[table, r], columns[table, c]] " |"
			print line
		}
	}
}
