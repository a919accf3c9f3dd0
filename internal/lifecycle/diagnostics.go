// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// subject is what a diagnostic is about: `creating IPAM address "web-01" (id 4711) in netbox`.
type subject struct {
	verb  string // "create", "read", ...
	title string // "IPAM address"
	name  string
	id    string
	// system is empty while none is known to serve.
	system string
}

var gerunds = map[string]string{"create": "creating", "read": "reading", "update": "updating", "destroy": "destroying", "import": "importing", "plan": "planning"}

// String words the subject in the one form that all diagnostics have.
func (s subject) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", gerunds[s.verb], s.title)
	if s.name != "" {
		fmt.Fprintf(&b, " %q", shortened(s.name))
	}
	if s.id != "" {
		fmt.Fprintf(&b, " (id %s)", s.id)
	}
	if s.system != "" {
		preposition := "in"
		if s.verb == "read" || s.verb == "import" {
			preposition = "from"
		}
		fmt.Fprintf(&b, " %s %s", preposition, s.system)
	}
	return b.String()
}

// about adds the record. A view has no name of its own: its id is that of the record behind it.
func (s subject) about(r record.Record) subject {
	if s.id = r.Metadata().ID; record.Define(r.Kind()).Key == nil {
		s.id = r.NaturalName()
		return s
	}
	s.name = r.NaturalName()
	return s
}

func shortened(name string) string {
	const limit = 80
	if runes := []rune(name); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return name
}

// failure words an error of a system. The attribute is named where the error names a field that the schema has.
func (c *codec) failure(s subject, err error) diag.Diagnostic {
	summary := fmt.Sprintf("Cannot %s %s", s.verb, s.title)
	detail := fmt.Sprintf("%s: %s.", s, strings.TrimSuffix(err.Error(), "."))
	var e *record.Error
	field := ""
	if errors.As(err, &e) {
		field = e.Field
	}
	if next := advice(err, e); next != "" {
		detail += "\n\n" + next + "."
	}
	if name, _, _ := strings.Cut(field, "."); name != "" && c.object.AttributeTypes[name] != nil {
		return diag.NewAttributeErrorDiagnostic(c.attributePath(field), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// failure words an error of a resource. Where the system refuses whatever the run asks, the first error says all that there is to
// say, and the others of its kind that must be errors point to it.
func (r *Resource) failure(s subject, err error) diag.Diagnostic {
	if r.run.told(s.system, err) {
		return notTried(s)
	}
	return r.codec.failure(s, err)
}

// notTried is the error of what failed as another error of the run says.
func notTried(s subject) diag.Diagnostic {
	return diag.NewErrorDiagnostic(fmt.Sprintf("Cannot %s %s", s.verb, s.title), fmt.Sprintf("%s: not tried, since %s refuses the credentials; another error of this run says more.", s, s.system))
}

// told says that an error of this run has already said what err says: that the system refuses whatever is asked. Who is told "no" says it.
func (r *Run) told(system string, err error) bool {
	var e *record.Error
	return errors.As(err, &e) && e.Everything && !r.once("everything refused by "+system)
}

// advice says what to do next: in the system's words, or else in those that go with the reason.
func advice(err error, e *record.Error) string {
	if e != nil && e.Advice != "" {
		return strings.TrimSuffix(e.Advice, ".")
	}
	for _, a := range standardAdvice {
		if errors.Is(err, a.reason) {
			return a.words
		}
	}
	return ""
}

var standardAdvice = []struct {
	reason error
	words  string
}{
	{context.Canceled, "It was interrupted. Nothing is lost: apply again, and what was begun is found by its correlation key"},
	{context.DeadlineExceeded, "It took longer than the resource's timeouts allow. Apply again, and what was begun is found by its correlation key; raise timeouts if the system is slow"},
	{record.ErrAmbiguous, "It is not known whether the write took effect. Apply again: what exists is found by its correlation key and is not made twice"},
	{record.ErrUnavailable, "Nothing was changed. Apply again when the system can be reached"},
	{record.ErrUnauthorized, "Check the credentials of the provider block and the rights of their owner"},
	{record.ErrNotFound, "It may have been removed outside Terraform. Plan again to see what is there"},
	{record.ErrDropped, "The system answered success and did not keep the value, most likely for want of a right to the field. Grant it, or remove the attribute. Nothing was saved in state; the next apply finds the record and completes it"},
	{record.ErrUnsupported, "Remove it from the configuration, or have a system serve this that can express it: see systems in the provider block"},
	{record.ErrExhausted, "Destroy what is no longer used, or take another pool"},
	{record.ErrPending, "Apply again once it has been decided"},
}

// attributePath turns a field's path into Terraform's: "attributes.cpu", "schedule.start", "schedules.0.every". Terraform shows
// the line of an attribute, of a map's entry and of a list's element. Of anything further inside it would show that of the
// whole block, so the path ends there, and an object's member is named as if it were a map's entry.
func (c *codec) attributePath(field string) path.Path {
	name, rest, _ := strings.Cut(field, ".")
	p := path.Root(name)
	step, _, _ := strings.Cut(rest, ".")
	switch c.object.AttributeTypes[name].(type) {
	case tftypes.Map:
		step = rest
	case tftypes.List:
		if index, err := strconv.Atoi(step); err == nil {
			return p.AtListIndex(index)
		}
		return p
	case tftypes.Object:
	default:
		return p
	}
	if step == "" {
		return p
	}
	return p.AtMapKey(step)
}

// problemDiagnostics words broken rules, each at its attribute.
func (c *codec) problemDiagnostics(problems []record.FieldError) diag.Diagnostics {
	var diags diag.Diagnostics
	slices.SortStableFunc(problems, func(a, b record.FieldError) int { return strings.Compare(a.Field, b.Field) })
	for _, p := range problems {
		name, _, _ := strings.Cut(p.Field, ".")
		diags.AddAttributeError(c.attributePath(p.Field), "Invalid "+name, fmt.Sprintf("%s %s.", strings.ReplaceAll(p.Field, ".", ": "), p.Problem))
	}
	return diags
}

// internalError words what should not be able to happen.
func internalError(err error) (summary, detail string) {
	return "Provider error", "This is a bug in the provider, please report it: " + err.Error()
}

// guarded turns a panic into an error: a crash would lose every sibling that is still running.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the provider panicked, which is a bug; please report it: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
