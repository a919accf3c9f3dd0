// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// usageError is a command line that cannot be meant. Nothing was done.
type usageError struct {
	err    error
	advice string
}

func misused(format string, args ...any) *usageError {
	return &usageError{err: fmt.Errorf(format, args...)}
}

func (e *usageError) advise(format string, args ...any) *usageError {
	e.advice = fmt.Sprintf(format, args...)
	return e
}

// Error implements error.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap gives access to what the flag parser said.
func (e *usageError) Unwrap() error { return e.err }

// failure is a command that could not do its work.
type failure struct {
	// doing is what was being done to what, such as "approving change request CHG0000042".
	doing string
	err   error
	// advice is what to do where the error itself does not say it.
	advice string
}

func failed(doing string, err error) error { return &failure{doing: doing, err: err} }

// Error implements error.
func (e *failure) Error() string { return e.doing + ": " + e.err.Error() }

// Unwrap gives access to the registry's error.
func (e *failure) Unwrap() error { return e.err }

// sentence words an error for a person: what was being done to what, what the answer was, and what to do next.
func sentence(err error) string {
	// On one line, since drivers answer on several.
	text := strings.TrimRight(strings.Join(strings.Fields(err.Error()), " "), ".")
	if next := advice(err); next != "" {
		text += ". " + strings.TrimRight(next, ".")
	}
	return printable(text) + "."
}

func advice(err error) string {
	var usage *usageError
	var answer *record.Error
	var work *failure
	switch {
	case errors.As(err, &usage):
		return usage.advice
	case errors.As(err, &answer) && answer.Advice != "":
		return answer.Advice
	case errors.Is(err, record.ErrAmbiguous):
		return "It may have been done: look before you try again"
	case errors.Is(err, context.Canceled):
		return "It was interrupted; nothing was changed"
	case errors.As(err, &work) && work.advice != "":
		return work.advice
	case errors.Is(err, record.ErrUnauthorized):
		return "Check the user and the rights in the --" + databaseFlag + " URL or " + databaseEnv
	case errors.Is(err, record.ErrUnavailable):
		return "Check that the database can be reached, and try again"
	}
	return ""
}
