// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package check looks whether something outside is as it should be, again and again until it is or the time is up. A
// form of looking ([TCP], [HTTP], [TLS], [DNS], [ICMP], [SSHCommand]) is a struct of settings that makes a [Probe]; [Run]
// repeats it. The package knows nothing of Terraform or of records.
package check

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Form is a way of looking with its settings.
type Form interface {
	// Probe refuses settings that cannot be used with an [*Invalid].
	Probe() (Probe, error)
}

// Probe looks at one thing.
type Probe interface {
	// Target says what is looked at, such as "tcp 10.0.0.7:22".
	Target() string
	// Expected says what has to be seen, in words that continue the target: "accepts a connection".
	Expected() string
	// Look looks once and ends soon after the context does. It says what it saw in words that continue the target
	// ("accepted a connection"), or in an error why that is not what has to be seen.
	Look(ctx context.Context) (seen string, err error)
}

// Invalid is a setting that cannot be used. The problem is in words that continue the field's name.
type Invalid struct{ Field, Problem string }

func (e *Invalid) Error() string { return e.Field + " " + e.Problem }

// invalid blames a field for the first of its rules that is broken.
func invalid(field string, broken ...error) error {
	for _, err := range broken {
		if err != nil {
			return &Invalid{Field: field, Problem: err.Error()}
		}
	}
	return nil
}

// firstOf is the first error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// hopeless is an error that waiting does not mend, such as a host key that is not the known one.
type hopeless struct{ error }

func (e hopeless) Unwrap() error { return e.error }

func hopelessf(format string, arguments ...any) error {
	return hopeless{fmt.Errorf(format, arguments...)}
}

func isHopeless(err error) bool {
	var h hopeless
	return errors.As(err, &h)
}

// excerptLength is how much of what others wrote goes into a message.
const excerptLength = 200

// excerpt quotes the beginning of what others wrote, on one line.
func excerpt(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(text); len(runes) > excerptLength {
		return strconv.Quote(string(runes[:excerptLength])) + " and more"
	}
	return strconv.Quote(text)
}

// span words how long something took.
func span(d time.Duration) string {
	if d = d.Round(time.Millisecond); d > 0 {
		return d.String()
	}
	return "less than 1ms"
}
