// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// targetGroup is an element of Prometheus' file and HTTP service discovery.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// metaPrefix begins the labels that say what we know about a target. Prometheus drops them after relabelling.
const metaPrefix = "__meta_infraops_"

// longestTimeout is Prometheus' own default for scrape_timeout.
const longestTimeout = 10 * time.Second

func (w *watched) group(t *record.MonitoringTarget, defaultPort int64) (targetGroup, error) {
	labels, err := labelsOf(t)
	if err != nil {
		return targetGroup{}, err
	}
	meta := map[string]string{
		"stack": t.Stack, "name": t.Name, "id": t.ID, "profiles": between(t.Profiles), "groups": between(t.Groups),
		"in_downtime": strconv.FormatBool(w.inDowntime[t.ID]), "configuration_item_id": t.ConfigurationItemID,
	}
	if item, ok := w.items[t.ConfigurationItemID].(*record.ConfigurationItem); ok {
		meta["configuration_item"], meta["environment"] = item.NaturalName(), item.Environment
	}
	for name, value := range meta {
		if value != "" {
			labels[metaPrefix+name] = value
		}
	}
	if t.Interval > 0 {
		labels["__scrape_interval__"] = seconds(t.Interval)
		labels["__scrape_timeout__"] = seconds(min(t.Interval, longestTimeout))
	}
	port := t.Port
	if port == 0 {
		port = defaultPort
	}
	return targetGroup{Targets: []string{net.JoinHostPort(t.Address, strconv.FormatInt(port, 10))}, Labels: labels}, nil
}

// between puts commas around every name, so that an expression can find a whole one.
func between(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "," + strings.Join(names, ",") + ","
}

// seconds is a duration as Prometheus writes it.
func seconds(d time.Duration) string { return fmt.Sprintf("%ds", d/time.Second) }

var (
	notInLabelName = regexp.MustCompile(`[^a-zA-Z0-9_]`)
	// forScraping are the names beginning with "__" that a target may set for itself.
	forScraping = regexp.MustCompile(`^__(scheme__|metrics_path__|param_.+)$`)
)

// labelsOf are the target's own labels under names that Prometheus allows.
func labelsOf(t *record.MonitoringTarget) (map[string]string, error) {
	labels, origin := map[string]string{}, map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(t.Labels)) {
		name := notInLabelName.ReplaceAllString(key, "_")
		if name[0] >= '0' && name[0] <= '9' {
			name = "_" + name
		}
		if other, twice := origin[name]; twice {
			return nil, record.Errorf(record.ErrInvalid, "its labels %q and %q are both called %s in Prometheus", other, key, name).Advise("Rename one of them")
		}
		if strings.HasPrefix(name, "__") && !forScraping.MatchString(name) {
			return nil, record.Errorf(record.ErrInvalid, "its label %q is called %s in Prometheus, which keeps names with two underscores in front for itself", key, name).
				Advise("Rename it; of those names a target may set only __scheme__, __metrics_path__ and __param_<name>")
		}
		labels[name], origin[name] = t.Labels[key], key
	}
	return labels, nil
}
