// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// maxKey is the length of task.correlation_id, which cuts off what is longer.
const maxKey = 100

// keyOf is the correlation key as the instance holds it. One that is too long for the column, or cannot be asked for, ends with a hash
// of the whole instead.
func keyOf(stack string, kind record.Kind, natural string) string {
	key := record.CorrelationKey(stack, kind, natural)
	if len(key) <= maxKey && askable(key) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	digest := "#" + hex.EncodeToString(sum[:])[:32]
	readable := strings.Map(func(r rune) rune {
		if r == '^' || r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, key)
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(readable)), "javascript:") {
		readable = "_" + readable
	}
	return readable[:min(len(readable), maxKey-len(digest))] + digest
}

// holdable refuses a stack that could not be asked for again.
func holdable(stack string) error {
	if !askable(stack) || len(stack) > maxKey {
		return record.Errorf(record.ErrUnsupported, "the stack %q cannot be kept in ServiceNow: its name must have at most %d characters and no ^", stack, maxKey).
			Advise("Give the stack another name in the provider block")
	}
	return nil
}

// eldest puts the row that was there first to the front, so that of two processes that have made a row each, and see both, one withdraws.
// The time of creation is in seconds, and within one the ties decide. Where those are ids, the row that is made later may come first, and
// both stay if its process has not made it when the other one looks.
func eldest(rows []row, ties string) {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a["sys_created_on"], b["sys_created_on"]), cmp.Compare(a[ties], b[ties]))
	})
}
