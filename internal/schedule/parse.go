// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Limits on a rule, so that reading it always comes to an end soon.
const (
	maxRule         = 1024
	maxInterval     = 1000
	maxCount        = 10000
	maxOpeningsADay = 96
)

const (
	utcForm   = "20060102T150405Z"
	localForm = "20060102T150405"
	dateForm  = "20060102"
)

var (
	weekdays     = []rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}
	weekdayNames = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}
	weekdayForm  = regexp.MustCompile(`^([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)$`)
	frequencies  = map[string]rrule.Frequency{"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
)

// parser reads one rule. The first problem is kept.
type parser struct {
	zone   *time.Location
	given  map[string]bool
	option rrule.ROption
	until  time.Time
	err    *Error
}

// parseRule reads a rule. What it leaves open is asked of start, once it is known what that is.
func parseRule(text string, zone *time.Location, start func(*parser) time.Time) (*rule, error) {
	p := &parser{zone: zone, given: map[string]bool{}}
	p.read(text)
	if p.err == nil {
		p.check()
	}
	clock := start(p)
	if p.err != nil {
		return nil, p.err
	}
	option := complete(p.option, clock)
	if _, err := rrule.NewRRule(option); err != nil {
		return nil, wrong(PartRule, "is not a rule: %s", err)
	}
	return &rule{option: option, clock: clock, until: p.until}, nil
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = wrong(PartRule, format, args...)
	}
}

func (p *parser) read(text string) {
	if len(text) > maxRule {
		p.fail("must have at most %d characters, has %d", maxRule, len(text))
		return
	}
	text = strings.TrimPrefix(strings.ToUpper(text), "RRULE:")
	if text == "" {
		p.fail("must be an RFC 5545 rule such as \"FREQ=WEEKLY;BYDAY=SA\", is empty")
		return
	}
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case !ok || name == "" || value == "":
			p.fail("must consist of parts such as FREQ=WEEKLY with semicolons between them; has %q", part)
		case p.given[name]:
			p.fail("has %s twice", name)
		}
		if p.err != nil {
			return
		}
		p.given[name] = true
		p.part(name, value)
	}
}

func (p *parser) part(name, value string) {
	switch name {
	case "FREQ":
		p.frequency(value)
	case "INTERVAL":
		p.option.Interval = p.number(name, value, 1, maxInterval)
	case "COUNT":
		p.option.Count = p.number(name, value, 1, maxCount)
	case "UNTIL":
		p.until = p.limit(value)
	case "WKST":
		if i := slices.Index(weekdayNames, value); i >= 0 {
			p.option.Wkst = weekdays[i]
		} else {
			p.fail("has WKST=%s: must be one of %s", value, strings.Join(weekdayNames, ", "))
		}
	case "BYDAY":
		p.weekdays(value)
	default:
		list, ok := lists[name]
		if !ok {
			p.fail("has a part %q, which RFC 5545 does not know", name)
			return
		}
		*list.of(&p.option) = p.numbers(name, value, list.low, list.high, list.signed)
	}
}

// lists are the parts that list numbers. The signed ones may also count from the end.
var lists = map[string]struct {
	of        func(*rrule.ROption) *[]int
	low, high int
	signed    bool
}{
	"BYMONTH":    {func(o *rrule.ROption) *[]int { return &o.Bymonth }, 1, 12, false},
	"BYMONTHDAY": {func(o *rrule.ROption) *[]int { return &o.Bymonthday }, 1, 31, true},
	"BYYEARDAY":  {func(o *rrule.ROption) *[]int { return &o.Byyearday }, 1, 366, true},
	"BYWEEKNO":   {func(o *rrule.ROption) *[]int { return &o.Byweekno }, 1, 53, true},
	"BYSETPOS":   {func(o *rrule.ROption) *[]int { return &o.Bysetpos }, 1, 366, true},
	"BYHOUR":     {func(o *rrule.ROption) *[]int { return &o.Byhour }, 0, 23, false},
	"BYMINUTE":   {func(o *rrule.ROption) *[]int { return &o.Byminute }, 0, 59, false},
	"BYSECOND":   {func(o *rrule.ROption) *[]int { return &o.Bysecond }, 0, 59, false},
}

func (p *parser) frequency(value string) {
	freq, ok := frequencies[value]
	switch {
	case ok:
		p.option.Freq = freq
	case value == "HOURLY", value == "MINUTELY", value == "SECONDLY":
		p.fail("has FREQ=%s: a window opens on days; write FREQ=DAILY with BYHOUR and BYMINUTE", value)
	default:
		p.fail("has FREQ=%s: must be one of DAILY, WEEKLY, MONTHLY, YEARLY", value)
	}
}

func (p *parser) number(name, value string, low, high int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		p.fail("has %s=%s: must be a number between %d and %d", name, value, low, high)
	}
	return n
}

// numbers reads a list.
func (p *parser) numbers(name, value string, low, high int, signed bool) []int {
	var list []int
	for item := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(item)
		positive := n
		if signed && n < 0 {
			positive = -n
		}
		if err != nil || positive < low || positive > high {
			from := ""
			if signed {
				from = fmt.Sprintf(", or between -%d and -%d, counted from the end", high, low)
			}
			p.fail("has %s=%s: each must be a number between %d and %d%s", name, value, low, high, from)
			return nil
		}
		list = append(list, n)
	}
	return list
}

func (p *parser) weekdays(value string) {
	for item := range strings.SplitSeq(value, ",") {
		m := weekdayForm.FindStringSubmatch(item)
		if m == nil {
			p.fail("has BYDAY=%s: each must be one of %s, with a number in front for the nth of the month or year, such as -1FR",
				value, strings.Join(weekdayNames, ", "))
			return
		}
		day := weekdays[slices.Index(weekdayNames, m[2])]
		if m[1] != "" {
			n, err := strconv.Atoi(m[1])
			if err != nil || n == 0 {
				p.fail("has BYDAY=%s: the number in front of a weekday must not be zero", value)
				return
			}
			day = day.Nth(n)
		}
		p.option.Byweekday = append(p.option.Byweekday, day)
	}
}

// limit reads UNTIL. A day is meant as a whole, as calendars write it.
func (p *parser) limit(value string) time.Time {
	if t, err := time.Parse(utcForm, value); err == nil {
		return t
	}
	if t, err := time.Parse(localForm, value); err == nil {
		return resolve(t, p.zone)
	}
	if t, err := time.Parse(dateForm, value); err == nil {
		return resolve(t.AddDate(0, 0, 1), p.zone).Add(-time.Second)
	}
	p.fail("has UNTIL=%s: must be a time such as 20261231T230000Z, in UTC, or a day such as 20261231", value)
	return time.Time{}
}

// check judges the parts together, as RFC 5545 limits them to each other.
func (p *parser) check() {
	freq := p.option.Freq
	switch {
	case !p.given["FREQ"]:
		p.fail("must have FREQ, such as FREQ=WEEKLY")
	case p.given["COUNT"] && p.given["UNTIL"]:
		p.fail("must not have both COUNT and UNTIL")
	case p.given["BYWEEKNO"] && freq != rrule.YEARLY:
		p.fail("has BYWEEKNO, which is for FREQ=YEARLY")
	case p.given["BYYEARDAY"] && freq != rrule.YEARLY:
		p.fail("has BYYEARDAY, which is for FREQ=YEARLY")
	case p.given["BYMONTHDAY"] && freq == rrule.WEEKLY:
		p.fail("has BYMONTHDAY, which is not for FREQ=WEEKLY")
	case p.given["BYSETPOS"] && !p.positions():
		p.fail("has BYSETPOS, which picks from what another BY part lists; there is none")
	case openingsADay(p.option) > maxOpeningsADay:
		p.fail("opens %d times a day, and at most %d are allowed: shorten BYHOUR, BYMINUTE and BYSECOND", openingsADay(p.option), maxOpeningsADay)
	}
	p.checkNth()
}

func (p *parser) positions() bool {
	for name := range p.given {
		if strings.HasPrefix(name, "BY") && name != "BYSETPOS" {
			return true
		}
	}
	return false
}

func (p *parser) checkNth() {
	limit, within := 53, "year"
	if p.option.Freq == rrule.MONTHLY || p.given["BYMONTH"] {
		limit, within = 5, "month"
	}
	for _, day := range p.option.Byweekday {
		switch n := day.N(); {
		case n == 0:
		case p.option.Freq != rrule.MONTHLY && p.option.Freq != rrule.YEARLY:
			p.fail("has BYDAY with a number, which is for FREQ=MONTHLY and FREQ=YEARLY")
		case p.given["BYWEEKNO"]:
			p.fail("has BYDAY with a number, which must not stand beside BYWEEKNO")
		case n > limit || n < -limit:
			p.fail("has BYDAY with %d, and a %s has at most %d of a weekday", n, within, limit)
		}
	}
}

// splitStart takes a DTSTART line off a rule that stands alone. Without one the rule must say itself when it opens.
func splitStart(text string) (rule string, start func(*parser) time.Time) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	line, rest, two := strings.Cut(text, "\n")
	if !two {
		return text, (*parser).standalone
	}
	return strings.TrimSpace(rest), func(p *parser) time.Time {
		value, _ := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(line)), "DTSTART:")
		clock, err := time.Parse(localForm, value)
		if err != nil {
			p.fail("has a first line %q: must be a start on the wall clock of the time zone, such as DTSTART:20261107T220000", line)
		} else if err := checkStart(clock); err != nil {
			p.fail("has a first line %q: %s", line, err)
		}
		return clock
	}
}

// standalone makes sure that nothing of the rule depends on its start, and gives a start before all windows.
func (p *parser) standalone() time.Time {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return p.given[name] })
	}
	missing := ""
	switch freq := p.option.Freq; {
	case !has("BYHOUR"):
		missing = "at which hour: add BYHOUR"
	case freq == rrule.WEEKLY && !has("BYDAY"):
		missing = "on which day: add BYDAY"
	case freq == rrule.MONTHLY && !has("BYDAY", "BYMONTHDAY"):
		missing = "on which day: add BYDAY or BYMONTHDAY"
	case freq == rrule.YEARLY && !has("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"):
		missing = "on which day: add BYMONTH and BYMONTHDAY"
	case has("COUNT"), p.option.Interval > 1:
		missing = "from when on COUNT and INTERVAL count: leave them out"
	}
	if missing != "" {
		p.fail("does not say %s, or put a line such as DTSTART:20261107T220000 in front", missing)
	}
	return time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
}
