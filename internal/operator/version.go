// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func versionCommand(s *session, version string) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  " + program + " version",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			return s.write(fmt.Sprintf("%s %s (%s, %s/%s)\n", program, version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}
