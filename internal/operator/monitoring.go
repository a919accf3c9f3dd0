// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func monitoringCommand(s *session) *cobra.Command {
	return group("monitoring", "Hand the registry's monitoring targets to a monitoring system", "  "+program+" monitoring export --format prometheus",
		monitoringExportCommand(s))
}

const (
	formatPrometheus = "prometheus"
	// nodeExporterPort is where Prometheus users expect a machine's metrics.
	nodeExporterPort = 9100
)

// targetExport is what "monitoring export" was asked for.
type targetExport struct {
	format, stack, profile, output string
	defaultPort                    int64
}

func monitoringExportCommand(s *session) *cobra.Command {
	var e targetExport
	cmd := &cobra.Command{
		Use:   "export --format FORMAT",
		Short: "Print the monitoring targets for a monitoring system",
		Long: `Print the enabled monitoring targets for a monitoring system. The one format is "prometheus": the JSON of Prometheus'
file and HTTP service discovery. With --output the file is replaced in one piece, so Prometheus never reads half of it.

Each target is one element, "address:port" with these labels:

  labels of the target     under their own names. Whatever Prometheus does not allow in a name becomes "_", and a name
                           that begins with a digit gets a "_" in front; two names that become one are an error. Names that
                           begin with "__" are Prometheus' own: only __scheme__, __metrics_path__ and __param_... are let through.
  __scrape_interval__      the target's interval, if it has one, and with it __scrape_timeout__, which is the interval or
                           10s, whichever is shorter: Prometheus drops a target whose timeout is longer than its interval
  __meta_infraops_stack, __meta_infraops_name, __meta_infraops_id
  __meta_infraops_profiles, __meta_infraops_groups
                           every one between commas, as in ",node,web,", so that the expression .*,node,.* finds one
  __meta_infraops_in_downtime
                           "true" while a downtime of the target runs, else "false"
  __meta_infraops_configuration_item_id, __meta_infraops_configuration_item, __meta_infraops_environment
                           the configuration item that is watched, where the target names one that the registry has

Prometheus drops the __meta_ labels after relabelling. The job stays that of the scrape configuration: let each job keep
its profile, with a relabelling rule or with a file of its own made by --profile.`,
		Example: "  " + program + " monitoring export --format prometheus --stack payments-prod --output /etc/prometheus/sd/payments-prod.json\n" +
			"  " + program + " monitoring export --format prometheus --profile node",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := e.check(cmd); err != nil {
				return err
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				return s.exportTargets(ctx, r, e)
			})
		},
	}
	addStackFlag(cmd, &e.stack)
	cmd.Flags().StringVar(&e.format, "format", "", "the `FORMAT`: "+formatPrometheus+" (required)")
	cmd.Flags().StringVar(&e.profile, "profile", "", "only targets with this `PROFILE`")
	cmd.Flags().Int64Var(&e.defaultPort, "default-port", nodeExporterPort, "the `PORT` of targets that have none")
	cmd.Flags().StringVar(&e.output, "output", "", "write to this `FILE` instead of the standard output")
	return cmd
}

func (e *targetExport) check(cmd *cobra.Command) error {
	switch {
	case e.format == "":
		return misused("%s needs a format", cmd.CommandPath()).advise("Usage: %s", cmd.UseLine())
	case e.format != formatPrometheus:
		return misused("there is no format %q", e.format).advise("The formats: %s", formatPrometheus)
	case e.defaultPort < 1 || e.defaultPort > 65535:
		return misused("--default-port is %d", e.defaultPort).advise("Give a port between 1 and 65535")
	}
	for _, flag := range []string{"profile", "output"} {
		if f := cmd.Flags().Lookup(flag); f.Changed && f.Value.String() == "" {
			return misused("--%s is empty", flag).advise("Give it a value, or leave the flag out")
		}
	}
	return nil
}

func (s *session) exportTargets(ctx context.Context, r *registry.Registry, e targetExport) error {
	w, err := watchedTargets(ctx, r, e)
	if err != nil {
		return failed("listing the monitoring targets of the registry "+shownDatabase(s.database), err)
	}
	groups := make([]targetGroup, len(w.targets))
	for i, t := range w.targets {
		if groups[i], err = w.group(t, e.defaultPort); err != nil {
			return failed(fmt.Sprintf("exporting monitoring target %q of stack %q", t.Name, t.Stack), err)
		}
	}
	answer, err := jsonText(groups)
	if err != nil {
		return err
	}
	if e.output == "" {
		return s.write(answer)
	}
	if err := replaceFile(e.output, answer); err != nil {
		return failed("writing the targets", err)
	}
	return s.write(fmt.Sprintf("Wrote %s to %s.\n", count(len(groups), "target"), printable(e.output)))
}

// watched are the targets of an export, with what else the registry says about them.
type watched struct {
	targets []*record.MonitoringTarget
	// items are the configuration items, and inDowntime the targets in a running downtime, by id.
	items      map[string]record.Record
	inDowntime map[string]bool
}

func watchedTargets(ctx context.Context, r *registry.Registry, e targetExport) (*watched, error) {
	found, err := r.Records(ctx, record.KindMonitoringTarget, record.Query{Stack: e.stack})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, byName)
	w := &watched{inDowntime: map[string]bool{}}
	var items []string
	for _, f := range found {
		t := f.(*record.MonitoringTarget)
		if t.Enabled && (e.profile == "" || slices.Contains(t.Profiles, e.profile)) {
			w.targets = append(w.targets, t)
			items = append(items, t.ConfigurationItemID)
		}
	}
	if w.items, err = r.Stores()[record.KindConfigurationItem].Get(ctx, items); err != nil {
		return nil, err
	}
	downtimes, err := r.Records(ctx, record.KindMonitoringDowntime, record.Query{})
	now := time.Now()
	for _, f := range downtimes {
		if d := f.(*record.MonitoringDowntime); d.Running(now) {
			w.inDowntime[d.TargetID] = true
		}
	}
	return w, err
}

// replaceFile writes a file in one piece: a reader sees the old content or the new one. Its name in between is none that
// Prometheus looks for.
func replaceFile(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".infraops-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	// The monitoring system runs as another user, and what is in the file is no secret.
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}
