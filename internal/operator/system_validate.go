// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// errMissing is the answer that something is missing. The findings say what, so nothing else is reported.
var errMissing = errors.New("the set-up is not complete")

func systemValidateCommand(s *session) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate SYSTEM",
		Short: "Say what of a system's documented set-up is missing",
		Long: `Say what of a system's documented set-up is missing, and what to do about it. Nothing is changed.

The options are those of the provider block, from environment variables: ` + record.Variable("<system>", "<option>") + `, such as
` + record.Variable("requesttracker", "url") + `; one that is a map is a JSON object. Use the account that Terraform will use: what
it may not see is missing for it. The exit code is 1 if anything is missing or cannot be found out.`,
		Example: "  " + program + " system validate requesttracker\n  " + program + " system validate servicenow --json",
		Args:    exactly("SYSTEM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			system, err := s.systemNamed(args[0])
			if err != nil {
				return err
			}
			return s.validate(cmd.Context(), system, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func (s *session) validate(ctx context.Context, system record.System, asJSON bool) error {
	settings, err := system.Environment()
	if err != nil {
		return failed("reading the options of "+system.Name, err)
	}
	if s.databaseGiven && system.Name == registryName {
		settings["database"] = s.database
	}
	findings, err := findingsOf(ctx, system, settings)
	if len(findings) > 0 || err == nil {
		if werr := s.writeFindings(system, findings, err == nil, asJSON); werr != nil {
			return werr
		}
	}
	if err != nil {
		variables := record.Variable(system.Name, "<option>")
		return &failure{doing: "validating " + system.Title, err: err, advice: "Check the options in the environment variables " + variables}
	}
	for _, f := range findings {
		if !f.OK {
			return errMissing
		}
	}
	return nil
}

// findingsOf asks the system. One that needs no set-up only has to be there.
func findingsOf(ctx context.Context, system record.System, settings record.Settings) (findings []record.Finding, err error) {
	connection, err := system.Open(settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	if v, ok := connection.(record.Validator); ok {
		return v.Validate(ctx)
	}
	if err := connection.Ready(ctx); err != nil {
		return nil, err
	}
	return []record.Finding{{OK: true, What: system.Title + " can be used; it needs no set-up"}}, nil
}

// finding is a finding as it is printed with --json.
type finding struct {
	OK      bool   `json:"ok"`
	What    string `json:"what"`
	Problem string `json:"problem,omitempty"`
	Advice  string `json:"advice,omitempty"`
}

func (s *session) writeFindings(system record.System, findings []record.Finding, complete, asJSON bool) error {
	if asJSON {
		list := []finding{}
		for _, f := range findings {
			list = append(list, finding(f))
		}
		return s.writeJSON(list)
	}
	var b strings.Builder
	missing := 0
	for _, f := range findings {
		if f.OK {
			b.WriteString("ok       " + printable(f.What) + "\n")
			continue
		}
		missing++
		b.WriteString("MISSING  " + printable(f.What) + "\n")
		for _, text := range []string{f.Problem, f.Advice} {
			if text != "" {
				b.WriteString(paragraphs(strings.TrimRight(text, ".")+".", "         "))
			}
		}
	}
	verdict := "all as the documentation asks"
	switch {
	case missing > 0:
		verdict = fmt.Sprintf("%d missing", missing)
	case !complete:
		verdict = "none missing so far"
	}
	fmt.Fprintf(&b, "\n%s: %s looked at, %s.\n", system.Title, count(len(findings), "thing"), verdict)
	return s.write(b.String())
}
