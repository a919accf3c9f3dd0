// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The reasons for which a system can fail. Every error that crosses the [Store] port is an [*Error] with one of them.
var (
	// ErrNotFound: the record does not exist. Never used for a record that may be hidden.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the correlation key or a unique value is already taken; [Error.ID] names the holder where known.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the system refused a value; [Error.Field] names it where known.
	ErrInvalid = errors.New("invalid field")
	// ErrDropped: the system answered success and did not keep a field.
	ErrDropped = errors.New("field not kept")
	// ErrExhausted: the pool has no free value.
	ErrExhausted = errors.New("exhausted")
	// ErrUnsupported: the system cannot express this.
	ErrUnsupported = errors.New("unsupported")
	// ErrUnauthorized: the credentials are missing, wrong or without the right.
	ErrUnauthorized = errors.New("unauthorised")
	// ErrUnavailable: the system could not be reached or refused to work; nothing was changed. May be tried again.
	ErrUnavailable = errors.New("unavailable")
	// ErrAmbiguous: the outcome of a write is unknown. It must be looked up before anything is sent again.
	ErrAmbiguous = errors.New("outcome unknown")
	// ErrPending: a gate has not been decided yet. Asking again later may succeed.
	ErrPending = errors.New("pending")
	// ErrRefused: a gate was decided against, or an illegal step was asked for. Asking again will not help.
	ErrRefused = errors.New("refused")
)

// Error is a failure of a system, with all that the wording of a diagnostic needs.
type Error struct {
	// Reason is one of the Err values of this package.
	Reason error
	// Field is the field at fault, such as "attributes.cpu"; empty where none is.
	Field string
	// ID is the record at fault, where it is not the one that was asked for.
	ID string
	// Answer is what the system said, or what is wrong, as a sentence without a full stop.
	Answer string
	// Advice is what a person can do next, as a sentence without a full stop; empty where the wording of the reason will do.
	Advice string
	// Everything says that nothing that this run asks of the system can succeed: the credentials themselves are refused.
	Everything bool
	// RetryAfter is the system's own hint when to ask again; zero where it gave none.
	RetryAfter time.Duration
	// Err is the cause; it may be nil.
	Err error
}

// Error joins what is known into one sentence.
func (e *Error) Error() string {
	var parts []string
	if e.Answer != "" {
		parts = append(parts, e.Answer)
	} else if e.Reason != nil {
		parts = append(parts, e.Reason.Error())
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap lets errors.Is find both the reason and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Reason != nil {
		errs = append(errs, e.Reason)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// Errorf makes an [*Error] whose answer is formatted.
func Errorf(reason error, format string, args ...any) *Error {
	return &Error{Reason: reason, Answer: fmt.Sprintf(format, args...)}
}

// Because adds the cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Advise adds what a person can do next.
func (e *Error) Advise(format string, args ...any) *Error {
	e.Advice = fmt.Sprintf(format, args...)
	return e
}

// On adds the field at fault.
func (e *Error) On(field string) *Error {
	e.Field = field
	return e
}

// FieldError is a value that breaks a rule.
type FieldError struct {
	// Field is the path of the field: "cidr", "attributes.cpu".
	Field string
	// Problem says which rule is broken and how to keep it, as a sentence without a full stop.
	Problem string
	// Others are further fields on which the rule depends. While one of them is unknown the rule is not judged.
	Others []string
}

// Error makes a FieldError usable as an error.
func (e FieldError) Error() string { return e.Field + ": " + e.Problem }

// Check validates r and returns its first problem as an [*Error]. Stores call it before they write, so that
// a record that did not come through Terraform is held to the same rules.
func Check(r Record) error {
	problems := r.Validate()
	if len(problems) == 0 {
		return nil
	}
	return Errorf(ErrInvalid, "%s", problems[0].Problem).On(problems[0].Field)
}
