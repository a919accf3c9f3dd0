// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package servicenow keeps configuration items and change requests in ServiceNow.
package servicenow
