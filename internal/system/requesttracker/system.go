// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package requesttracker keeps configuration items and change requests in Request Tracker 5, by its REST 2.0 interface.
package requesttracker
