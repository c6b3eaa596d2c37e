//go:build check

package main

import "example.com/tasks/internal/contract"

func init() { checked = contract.Handler }
