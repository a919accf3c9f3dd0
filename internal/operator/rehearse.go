// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func rehearseCommand(s *session) *cobra.Command {
	return group("rehearse", "Stand in for a system that is not at hand", "  "+program+" rehearse servicenow", rehearseServiceNowCommand(s))
}

// rehearsal is what "rehearse servicenow" was asked for.
type rehearsal struct {
	listen               string
	drop                 []string
	latency, tokenLife   time.Duration
	rateLimit            int
	loseReplies, approve bool
}

func rehearseServiceNowCommand(s *session) *cobra.Command {
	var r rehearsal
	cmd := &cobra.Command{
		Use:   "servicenow",
		Short: "Run a ServiceNow instance in memory, to rehearse with",
		Long: `Run a ServiceNow instance in memory, written from the vendor's documentation, until Ctrl-C. It keeps configuration items,
relationships, change requests, approvals and attachments as an instance does, with the columns that the provider needs, and forgets them
at the end. It is no ServiceNow: what works here has not been tried on a real instance.

It prints the provider block to use, and says which approvals are waited for. A page in the browser gives them. The flags make it misbehave
as instances do. The passwords are known to everybody: let nobody reach it who should not.`,
		Example: `  ` + program + ` rehearse servicenow
  ` + program + ` rehearse servicenow --approve --lose-replies
  ` + program + ` rehearse servicenow --drop change_request.u_infraops_name`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			instance, err := r.instance()
			if err != nil {
				return err
			}
			return r.serve(cmd.Context(), s, instance)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.listen, "listen", "127.0.0.1:8042", "`ADDRESS` and port to listen at")
	flags.BoolVar(&r.approve, "approve", false, "let the approvers approve everything at once")
	flags.StringSliceVar(&r.drop, "drop", nil, "`TABLE.COLUMN` whose values an access rule drops although the write succeeds")
	flags.DurationVar(&r.latency, "latency", 0, "how long an answer takes")
	flags.DurationVar(&r.tokenLife, "token-life", 30*time.Minute, "how long an OAuth token is good")
	flags.IntVar(&r.rateLimit, "rate-limit", 0, "requests that a user has in a minute, 0 for no limit")
	flags.BoolVar(&r.loseReplies, "lose-replies", false, "do every write, and lose the reply to the first attempt")
	return cmd
}

// approvers are the members of the group that the provider block of the rehearsal names.
var approvers = []string{"grace", "linus"}

const (
	rehearsalUser     = "terraform"
	rehearsalGroup    = "Change Approvers"
	rehearsalTemplate = "Rehearsed change"
)

// instance is one with users, a group, and the columns of the provider.
func (r rehearsal) instance() (*servicenowtest.Instance, error) {
	b := servicenowtest.Defaults()
	b.Latency, b.TokenLife, b.RateLimit, b.RateWindow = r.latency, r.tokenLife, r.rateLimit, time.Minute
	in := servicenowtest.New(servicenowtest.WithBehaviour(b))
	for _, c := range servicenow.SetupColumns() {
		in.AddColumn(c.Table, servicenowtest.Column{Name: c.Name, MaxLength: c.MaxLength})
	}
	for _, name := range append([]string{rehearsalUser}, approvers...) {
		in.AddUser(servicenowtest.User{Name: name, Password: name, Roles: []string{"itil"}})
	}
	in.AddClient(rehearsalUser, rehearsalUser, rehearsalUser)
	in.AddGroup(rehearsalGroup, approvers...)
	in.AddStandardTemplate(rehearsalTemplate, map[string]string{"short_description": rehearsalTemplate})
	dropped := make(map[string][]string)
	for _, path := range r.drop {
		table, column, ok := strings.Cut(path, ".")
		if !ok || !hasColumn(in, table, column) {
			return nil, misused("--drop %q is no column", path).advise("Name table and column, such as change_request.description")
		}
		dropped[table] = append(dropped[table], column)
	}
	in.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = dropped })
	if r.loseReplies {
		in.Interrupt(lostReplies())
	}
	return in, nil
}

// hasColumn says whether a table, or one that it extends, has a column.
func hasColumn(in *servicenowtest.Instance, table, column string) bool {
	tables, columns := in.Records("sys_db_object", ""), in.Records("sys_dictionary", "")
	for i := slices.IndexFunc(tables, func(r map[string]string) bool { return r["name"] == table }); i >= 0; {
		if slices.ContainsFunc(columns, func(r map[string]string) bool {
			return r["name"] == tables[i]["name"] && r["element"] == column
		}) {
			return true
		}
		parent := tables[i]["super_class"]
		i = slices.IndexFunc(tables, func(r map[string]string) bool { return r["sys_id"] == parent })
	}
	return false
}

// lostReplies loses the reply to the first attempt of each write.
func lostReplies() func(*http.Request) servicenowtest.Fault {
	methods := make(map[string]func(*http.Request) servicenowtest.Fault)
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		methods[method] = servicenowtest.Each(method, "/api/", servicenowtest.CutAfter)
	}
	return func(r *http.Request) servicenowtest.Fault {
		if fault := methods[r.Method]; fault != nil {
			return fault(r)
		}
		return servicenowtest.None
	}
}

// serve runs the instance until the context ends.
func (r rehearsal) serve(ctx context.Context, s *session, in *servicenowtest.Instance) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", r.listen)
	if err != nil {
		return failed("listening at "+r.listen, err)
	}
	url := "http://" + listener.Addr().String()
	server := &http.Server{Handler: withPage(in), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	err = s.write(fmt.Sprintf(rehearsalIntroduction, url, rehearsalUser, rehearsalGroup, strings.Join(approvers, ", "), rehearsalTemplate))
	if err == nil {
		err = r.watch(ctx, s, in, url, ended)
	}
	if closing := server.Close(); err == nil {
		err = closing
	}
	return err
}

const rehearsalIntroduction = `ServiceNow is rehearsed at %[1]s until Ctrl-C.

  provider "infraops" {
    stack      = "rehearsal"
    systems    = { cmdb = "servicenow", change = "servicenow" }
    servicenow = {
      url               = "%[1]s"
      username          = "%[2]s"
      password          = "%[2]s"
      assignment_group  = "%[3]s"
      standard_template = "%[5]s"
    }
  }

Every user's password is the user's name. The group "%[3]s" approves: %[4]s.
The user admin may everything. For OAuth, the client %[2]s has the secret %[2]s.

`

// watch says which approvals are waited for, until the context or the server ends.
func (r rehearsal) watch(ctx context.Context, s *session, in *servicenowtest.Instance, url string, ended <-chan error) error {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	told := make(map[string]bool)
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return failed("serving at "+r.listen, err)
		case <-ticker.C:
			if err := r.tell(s, in, url, told); err != nil {
				return err
			}
		}
	}
}

// tell says which approvals are new, or gives them.
func (r rehearsal) tell(s *session, in *servicenowtest.Instance, url string, told map[string]bool) error {
	seen := make(map[string]bool)
	for _, w := range waitingIn(in) {
		key := w.Change + " " + w.User
		seen[key] = true
		if told[key] {
			continue
		}
		told[key] = true
		text := fmt.Sprintf("%s (%s) waits for %s: %s/\n", w.Number, printable(w.Summary), w.User, url)
		if r.approve {
			if err := in.Decide(w.Change, w.User, true, "Approved in the rehearsal"); err != nil {
				continue // somebody was faster
			}
			text = fmt.Sprintf("%s (%s) was approved by %s\n", w.Number, printable(w.Summary), w.User)
		}
		if err := s.write(text); err != nil {
			return err
		}
	}
	// What waits again, in a later round, is told again.
	maps.DeleteFunc(told, func(key string, _ bool) bool { return !seen[key] })
	return nil
}
