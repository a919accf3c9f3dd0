// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package servicenowtest is a ServiceNow instance in memory: the documented behaviour and misbehaviour of the interfaces that the
// provider uses. It serves tests, and people who rehearse without an instance.
package servicenowtest
