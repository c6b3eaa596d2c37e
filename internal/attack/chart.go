package main

import (
	"fmt"
	"slices"
	"strings"
)

// chart draws bytes over time, in at most 60 columns and 8 rows.
func chart(samples []int64) string {
	if len(samples) == 0 {
		return ""
	}
	const columns, rows = 60, 8
	var peaks []int64 // Of each column.
	for part := range slices.Chunk(samples, (len(samples)+columns-1)/columns) {
		peaks = append(peaks, slices.Max(part))
	}
	top := slices.Max(peaks)
	var b strings.Builder
	for row := rows; row > 0; row-- {
		least := top * int64(row) / rows
		fmt.Fprintf(&b, "%6.1f MB |", float64(least)/1e6)
		for _, peak := range peaks {
			if peak > least-top/(2*rows) {
				b.WriteRune('█')
			} else {
				b.WriteRune(' ')
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}
