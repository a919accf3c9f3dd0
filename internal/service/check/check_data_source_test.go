// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
)

// A report looks at every plan, once unless it is told to wait, and a failure is no error.
func TestAccCheckReport(t *testing.T) {
	begin(t)
	const report = "data.infraops_check.it"
	address := checktest.ClosedAddress(t)
	config := func(lines ...string) string {
		return providerBlock + acctest.Block(`data "infraops_check" "it"`, append([]string{`name = "it"`}, lines...)...)
	}
	acctest.Test(t,
		resource.TestStep{
			Config: config(tcp(address)),
			ConfigStateChecks: acctest.Has(report, acctest.Values{
				"passed": false, "attempts": 1, "interval": nil, "message": says("connection refused; 0 of 1 attempts succeeded"),
			}),
		},
		resource.TestStep{
			Config:            config(tcp(address), `interval = "100ms"`, `timeout = "350ms"`, "failure_limit = 2"),
			ConfigStateChecks: acctest.Has(report, acctest.Values{"passed": false, "attempts": 2}),
		},
		resource.TestStep{
			PreConfig:         func() { checktest.Listen(t, address) },
			Config:            config(tcp(address), "consecutive_successes = 2", `interval = "100ms"`),
			ConfigStateChecks: acctest.Has(report, acctest.Values{"passed": true, "attempts": 2, "message": says("the last 2 in a row")}),
		},
		resource.TestStep{
			Config:      config(`http = { url = "https://web.test", headers = { Authorization = "hunter2" } }`),
			ExpectError: acctest.Says(`must not have "Authorization"`, "no data source can"),
		},
		resource.TestStep{Config: config(), ExpectError: acctest.Says("Nothing to check")},
		// The destroy has to have something valid.
		resource.TestStep{Config: config(tcp(address))},
	)
}
