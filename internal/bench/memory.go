package main

import (
	"context"
	"fmt"
)

// memory measures what the servers need for many tasks, which are created by
// requests inside each server's process.
func (b *bench) memory(ctx context.Context) error {
	var rows []string
	for _, c := range candidates {
		if !c.fills {
			continue
		}
		b.progress("memory: %s creates %d tasks", c.name, b.tasks)
		r, err := b.fill(ctx, c)
		if err != nil {
			return err
		}
		const mebi = 1 << 20
		rows = append(rows, fmt.Sprintf("| %s | %d | %d | %d |", c.name, r.Resident/mebi, r.Heap/mebi, r.Heap/uint64(b.tasks)))
	}
	b.progress("")
	fmt.Fprintf(b.stdout, "\n## Memory for %d tasks\n\n", b.tasks)
	fmt.Fprintf(b.stdout, "In MiB, with titles of 30 bytes: resident right after the last one, garbage included, and alive on the heap.\n\n")
	fmt.Fprintln(b.stdout, "| server | resident | alive | bytes a task |")
	fmt.Fprintln(b.stdout, "|---|---:|---:|---:|")
	for _, row := range rows {
		fmt.Fprintln(b.stdout, row)
	}
	return nil
}

func (b *bench) fill(ctx context.Context, c candidate) (reply, error) {
	s, err := b.startChild(ctx, c)
	if err != nil {
		return reply{}, err
	}
	defer s.stop()
	return s.do(command{Do: "fill", Tasks: b.tasks})
}
