// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package operator is what the provider's binary does for a person who starts it: it shows what the built-in
// registry keeps, approves and rejects change requests, gives out sealed secrets, finds records that no Terraform state knows, and
// says what is missing in the other systems before Terraform uses them.
package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The exit codes of [Run].
const (
	exitSuccess = 0
	exitFailure = 1
	// exitUsage: the command line was wrong, and nothing was done.
	exitUsage = 2
	// exitOrphans is the answer of "record orphans --detailed-exitcode", with the number that terraform plan uses for it.
	exitOrphans = 2
)

const program = "terraform-provider-infraops"

// Run executes one command line, without the program's name, and returns the process's exit code. Ctrl-C and
// SIGTERM end it as the end of ctx does. The version is that of the build, the systems those that the provider can use.
func Run(ctx context.Context, version string, systems []record.System, args []string, in io.Reader, out, err io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()

	s := &session{systems: systems, in: in, out: out, err: err}
	root := rootCommand(s, version)
	// Cobra takes the process's own arguments where it is given nil.
	root.SetArgs(append([]string{}, args...))
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(err)
	return s.exitCode(root.ExecuteContext(ctx), args)
}

// session is one run of the program.
type session struct {
	systems  []record.System
	in       io.Reader
	out, err io.Writer
	// database is the value of --database.
	database string
	// databaseGiven says that it comes from the command line, so that commands proposed to the person repeat it.
	databaseGiven bool
}

// exitCode reports the error, if any, and chooses the exit code.
func (s *session) exitCode(err error, args []string) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitSuccess
	case errors.Is(err, errOrphansFound):
		return exitOrphans
	case errors.Is(err, errMissing):
		return exitFailure
	case !errors.As(err, &usage):
		s.report(err)
		return exitFailure
	}
	s.report(err)
	// A pipeline that tells orphans from failure by the exit code must not take a typing error for orphans.
	if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--"+detailedExitCode) }) {
		return exitFailure
	}
	return exitUsage
}

func (s *session) report(err error) {
	// Where even this cannot be written, the exit code still tells.
	_, _ = fmt.Fprintf(s.err, "Error: %s\n", conceal(s.database, sentence(err)))
}

// write sends a finished answer. It comes in one piece, so that an error on the way leaves no half of a listing behind.
func (s *session) write(answer string) error {
	if _, err := io.WriteString(s.out, answer); err != nil {
		return failed("writing the answer to the standard output", err)
	}
	return nil
}

// typingErrors is how many characters may be wrong in a command's name for it to be suggested.
const typingErrors = 2

const introduction = `%[1]s %[2]s is a Terraform provider: it turns the steps around a
virtual machine (configuration item, change request, approval, IP address and the rest) into resources.
Terraform and OpenTofu start it themselves. To use it, write in a configuration

  terraform {
    required_providers {
      infraops = {
        source = "infraops/infraops"
      }
    }
  }

  provider "infraops" {
    stack = "payments-prod"
  }

and run "terraform init". The documentation of every resource:
https://registry.terraform.io/providers/infraops/infraops/latest/docs

Started by a person it shows what the provider's built-in registry keeps, decides about the change
requests in it and gives out the secrets that were delivered to it. Records that are kept in other systems, such
as ServiceNow or Request Tracker, are not here; whether such a system is set up for the provider is what
"%[1]s system validate" says.`

func rootCommand(s *session, version string) *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "A Terraform provider, and the operator's commands for its built-in registry",
		Long:  fmt.Sprintf(introduction, program, version),
		Example: `  ` + program + ` change list --state open
  ` + program + ` change approve CHG0000042 --as grace --comment "Looks good"`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		DisableFlagsInUseLine:      true,
		SuggestionsMinimumDistance: typingErrors,

		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			s.databaseGiven = cmd.Flags().Changed(databaseFlag)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return misused("%s: %w", cmd.CommandPath(), err).advise("See %s --help", cmd.CommandPath())
	})
	addDatabaseFlag(s, root)
	root.AddCommand(changeCommand(s), notificationCommand(s), recordCommand(s), secretCommand(s), historyCommand(s), monitoringCommand(s), systemCommand(s), rehearseCommand(s), versionCommand(s, version))
	return root
}

// group makes a command that only holds others. Without one of them it says which there are.
func group(use, short, example string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: subcommand,
		DisableFlagsInUseLine: true, SuggestionsMinimumDistance: typingErrors,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return misused("%s does nothing by itself", cmd.CommandPath()).advise("Say which of its commands: %s", commandNames(cmd))
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}

// subcommand refuses what is not a command; cobra would show the help and report success.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	problem := misused("%s has no command %q", cmd.CommandPath(), args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return problem.advise("Did you mean %q? See %s --help", strings.Join(near, `" or "`), cmd.CommandPath())
	}
	return problem.advise("Its commands: %s", commandNames(cmd))
}

func commandNames(cmd *cobra.Command) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// exactly asks for positional arguments by their names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > len(names):
			return misused("%s does not understand %q", cmd.CommandPath(), args[len(names)]).advise("Usage: %s", cmd.UseLine())
		case len(args) < len(names):
			return misused("%s needs the argument %s", cmd.CommandPath(), names[len(args)]).advise("Usage: %s", cmd.UseLine())
		}
		return nil
	}
}
