// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const (
	// registryName is the built-in registry's name among the systems.
	registryName    = "registry"
	databaseFlag    = "database"
	databaseEnv     = "INFRAOPS_REGISTRY_DATABASE"
	databaseDefault = "infraops.db"
	// actorEnv names who is recorded as having entered a decision; without it, the operating system's user.
	actorEnv = "INFRAOPS_REGISTRY_ACTOR"
)

func addDatabaseFlag(s *session, root *cobra.Command) {
	root.PersistentFlags().StringVar(&s.database, databaseFlag, "",
		"the registry's `DATABASE`: a SQLite file or a postgres:// URL (default $"+databaseEnv+", else "+databaseDefault+")")
}

// withRegistry opens the registry that the command line or the environment names, and closes it after use.
func (s *session) withRegistry(ctx context.Context, use func(context.Context, *registry.Registry) error) (err error) {
	if err := s.chooseDatabase(); err != nil {
		return err
	}
	doing := "opening the registry " + shownDatabase(s.database)
	if isURL(s.database) && !isPostgres(s.database) {
		return failed(doing, record.Errorf(record.ErrInvalid, "the registry knows no such kind of URL").
			Advise("Name a SQLite file, or PostgreSQL as postgres://user@host/database"))
	}
	r, err := registry.OpenRegistry(record.Settings{"database": s.database, "actor": os.Getenv(actorEnv)})
	if err != nil {
		return failed(doing, err)
	}
	defer func() {
		if cerr := r.Close(); err == nil && cerr != nil {
			err = failed("closing the registry "+shownDatabase(s.database), cerr)
		}
	}()
	if err := checkExists(ctx, r); err != nil {
		return failed(doing, err)
	}
	return use(ctx, r)
}

func (s *session) chooseDatabase() error {
	if s.databaseGiven && s.database == "" {
		return misused("--%s is empty", databaseFlag).advise("Name a SQLite file or a postgres:// URL, or leave the flag out")
	}
	if s.database == "" {
		s.database = os.Getenv(databaseEnv)
	}
	if s.database == "" {
		s.database = databaseDefault
	}
	return nil
}

// checkExists refuses a place at which nothing is: nothing to approve and a misspelt path must not look alike.
func checkExists(ctx context.Context, r *registry.Registry) error {
	exists, err := r.Exists(ctx)
	if err == nil && !exists {
		return record.Errorf(record.ErrNotFound, "there is no registry").
			Advise("With --%s name the one that the provider block or %s names; the first terraform apply creates it", databaseFlag, databaseEnv)
	}
	return err
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// isURL also holds for a misspelt scheme: what follows it may still be a password.
func isURL(database string) bool { return strings.Contains(database, "://") }

// The places where a connection string can hold a password. A password may hold any character, so in a string that
// is known to be one connection string it ends at the last @; inside a message it cannot reach past a space.
var (
	passwordOfURL     = regexp.MustCompile(`(?s)(://[^:/?#]*:).*@`)
	passwordInMessage = regexp.MustCompile(`(://[^:/?#\s]*:)\S*@`)
	passwordParameter = regexp.MustCompile(`(?i)(password\s*=\s*)('[^']*'|[^\s&]+)`)
)

// shownDatabase is the database as it may be printed: without a password. It needs no readable URL, since a
// character that belongs escaped is what makes a URL unreadable.
func shownDatabase(database string) string {
	return passwordParameter.ReplaceAllString(passwordOfURL.ReplaceAllString(database, "${1}xxxxx@"), "${1}xxxxx")
}

// conceal takes the password out of a message of whatever origin: drivers repeat what they were given.
func conceal(database, message string) string {
	message = strings.ReplaceAll(message, database, shownDatabase(database))
	return passwordParameter.ReplaceAllString(passwordInMessage.ReplaceAllString(message, "${1}xxxxx@"), "${1}xxxxx")
}

// proposal is a command line that a person can copy. It names the database as this one did; one with a password is left to the person.
func (s *session) proposal(format string, args ...any) string {
	line := program + " " + fmt.Sprintf(format, args...)
	switch {
	case !s.databaseGiven:
		return line
	case shownDatabase(s.database) != s.database:
		return line + " --" + databaseFlag + " URL"
	}
	return line + " --" + databaseFlag + " " + quoted(s.database)
}

var unquotedWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quoted makes one word of s for a POSIX shell.
func quoted(s string) string {
	if unquotedWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
