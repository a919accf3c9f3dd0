// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Option is a setting of a system. Each can also be given by the environment variable INFRAOPS_<SYSTEM>_<OPTION>.
type Option struct {
	Name        string
	Description string
	// Default is used where neither the block nor the environment gives a value. That of a map is a JSON object.
	Default string
	// Sensitive options are hidden by Terraform and masked in logs.
	Sensitive bool
	// Map says that the option is a map of texts. The environment variable gives it as a JSON object.
	Map bool
	// Check judges a value that is known, entry by entry for a map; nil where every text will do. The error is the rule that is
	// broken, as a sentence without a full stop.
	Check func(value string) error
}

// Settings are the resolved options of one system, by option name. The entries of a map are named "<option>.<key>".
type Settings map[string]string

// Entries are those of a map.
func (s Settings) Entries(option string) map[string]string {
	entries := map[string]string{}
	for name, value := range s {
		if key, ok := strings.CutPrefix(name, option+"."); ok {
			entries[key] = value
		}
	}
	return entries
}

// Variable names the environment variable of a setting: INFRAOPS_ and the words, such as a system and one of its options.
func Variable(words ...string) string {
	return strings.ToUpper("infraops_" + strings.Join(words, "_"))
}

// LeftOut is what an option of the system is set to where no provider block sets it: what the environment gives, else the
// default; nothing, one setting, or those of a map's entries. An empty variable counts as one that is not set. Errors
// name the variable, and never its value: it may be a secret.
func (s System) LeftOut(o Option) (settings Settings, fromEnvironment bool, err error) {
	origin := "the environment variable " + Variable(s.Name, o.Name)
	text := os.Getenv(Variable(s.Name, o.Name))
	if fromEnvironment = text != ""; !fromEnvironment {
		text, origin = o.Default, "the default of "+o.Name
	}
	if text == "" {
		return Settings{}, false, nil
	}
	if settings, err = o.read(text); err != nil {
		return nil, fromEnvironment, fmt.Errorf("%s: %w", origin, err)
	}
	return settings, fromEnvironment, nil
}

// Environment is the settings of the system for who has no provider block.
func (s System) Environment() (Settings, error) {
	var problems error
	settings := Settings{}
	for _, o := range s.Options {
		values, _, err := s.LeftOut(o)
		maps.Copy(settings, values)
		problems = errors.Join(problems, err)
	}
	return settings, problems
}

// read takes the text form of an option: a map is a JSON object of texts.
func (o Option) read(text string) (Settings, error) {
	if !o.Map {
		return Settings{o.Name: text}, o.Judge(text)
	}
	var entries map[string]string
	// What the parser says may repeat a part of the text.
	if err := json.Unmarshal([]byte(text), &entries); err != nil || entries == nil {
		return nil, errors.New(`must be a JSON object of texts, such as {"key":"value"}`)
	}
	settings := Settings{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := o.JudgeEntry(key, entries[key]); err != nil {
			return nil, fmt.Errorf("its entry %q: %w", key, err)
		}
		settings[o.Name+"."+key] = entries[key]
	}
	return settings, nil
}

// Judge says what is wrong with a value that somebody gives.
func (o Option) Judge(value string) error {
	if value == "" {
		return errors.New("must not be empty; leave it out to use the environment or the default")
	}
	if o.Check == nil {
		return nil
	}
	return o.Check(value)
}

// JudgeEntry says what is wrong with an entry of a map.
func (o Option) JudgeEntry(key, value string) error {
	if key == "" {
		return errors.New("must have a name")
	}
	return o.Judge(value)
}
