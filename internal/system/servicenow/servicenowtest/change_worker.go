// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

// worker does in the background what an interface promised.
type worker struct{}

// conflictRun is the last search for conflicts of a change.
type conflictRun struct{}
