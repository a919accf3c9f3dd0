//go:build unix

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import "syscall"

// writable asks the kernel, which also knows of read-only file systems, whether path can be read and written.
func writable(path string) error {
	const readWrite = 4 | 2
	return syscall.Access(path, readWrite)
}
