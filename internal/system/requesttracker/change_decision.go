// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// deciders finds out who has decided, from the last change of the status.
func (s *changeStore) deciders(ctx context.Context, decided map[string]*approval) error {
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(decided)), idsPerSearch) {
		moves, err := until(ctx, s.connection, func(m move) ident { return m.ID }, func(after int64) transport.Request { return moves(chunk, after) })
		if err != nil {
			return err
		}
		for _, m := range moves {
			n, _ := number(string(m.ID))
			if a := decided[string(m.ObjectID)]; a != nil && m.NewValue == a.status && n > a.transaction {
				a.by, a.alias, a.at, a.transaction = cmp.Or(m.Creator.Name, string(m.Creator.ID)), []string{m.Creator.EmailAddress, m.Creator.RealName}, m.Created.Time, n
			}
		}
	}
	return nil
}

// move is the transaction in which somebody has set the status of a ticket.
type move struct {
	ID       ident
	ObjectID ident `json:"ObjectId"`
	NewValue string
	Created  moment
	Creator  struct {
		ID                           ident
		Name, EmailAddress, RealName string
	}
}

// moves asks for the moves of tickets behind a transaction.
func moves(tickets []string, after int64) transport.Request {
	query := fmt.Sprintf("(ObjectId = %s) AND ObjectType = 'RT::Ticket' AND Type = 'Status' AND id > %d", strings.Join(tickets, " OR ObjectId = "), after)
	form := url.Values{
		"query": {query}, "fields": {"NewValue,Created,Creator,ObjectId"}, "fields[Creator]": {"Name,EmailAddress,RealName"},
		"per_page": {strconv.Itoa(pageSize)}, "orderby": {"id"}, "order": {"ASC"},
	}
	return transport.Request{Method: http.MethodPost, Path: "/" + transaction + "s", Reads: true, Body: []byte(form.Encode()), ContentType: formType}
}

// until lists rows page by page, each with what comes behind the last id that was seen. Rows that the account may not see are taken
// out of pages, so the end is where nothing comes.
func until[T any](ctx context.Context, c *connection, id func(T) ident, behind func(after int64) transport.Request) ([]T, error) {
	var all []T
	for last := int64(0); ; {
		answer, err := c.do(ctx, behind(last))
		if err != nil {
			return nil, err
		}
		var list struct{ Items *[]T }
		if err := answer.JSON(&list); err != nil {
			return nil, err
		}
		if list.Items == nil {
			return nil, record.Errorf(record.ErrUnavailable, "it answered no list, but %s", c.excerpt(answer.Body)).
				Advise("Check that the option url is that of %s itself", title)
		}
		if len(*list.Items) == 0 {
			return all, nil
		}
		for _, r := range *list.Items {
			n, ok := number(string(id(r)))
			if !ok || n <= last {
				return nil, record.Errorf(record.ErrUnavailable, "it lists %q after %d, so the list would never end", id(r), last)
			}
			last = n
		}
		all = append(all, *list.Items...)
	}
}

// comments finds what those who have decided have said about it.
func (s *changeStore) comments(ctx context.Context, approvals map[string][]*approval) error {
	decided := map[string]*approval{}
	for _, all := range approvals {
		for _, a := range all {
			if a.decided() {
				decided[a.id] = a
			}
		}
	}
	rows, err := s.byIDs(ctx, transactionList, "ObjectId", " AND ObjectType = 'RT::Ticket' AND (Type = 'Comment' OR Type = 'Correspond')", ids(decided))
	if err != nil {
		return err
	}
	spoken := map[string]*approval{}
	var messages []string
	for _, r := range rows {
		if a := decided[string(r.ObjectID)]; a != nil && r.Creator.String() == a.by {
			spoken[string(r.ID)] = a
			messages = append(messages, string(r.ID))
		}
	}
	for chunk := range slices.Chunk(messages, idsPerSearch) {
		said, err := s.attachments(ctx, chunk)
		if err != nil {
			return err
		}
		for _, r := range said {
			if content := strings.TrimSpace(r.Content); content != "" && strings.HasPrefix(r.ContentType, "text/plain") {
				a := spoken[string(r.TransactionID)]
				a.comment = strings.TrimPrefix(a.comment+"\n"+content, "\n")
			}
		}
	}
	return nil
}

// attachments lists what belongs to transactions, by id.
func (c *connection) attachments(ctx context.Context, transactions []string) ([]row, error) {
	type condition struct {
		Field    string `json:"field"`
		Operator string `json:"operator"`
		Value    string `json:"value"`
	}
	// RT joins conditions on one field by or, and others by and.
	var wanted []condition
	for _, id := range transactions {
		wanted = append(wanted, condition{"TransactionId", "=", id})
	}
	all, err := until(ctx, c, func(r row) ident { return r.ID }, func(after int64) transport.Request {
		return transport.Request{
			Method: http.MethodPost, Path: "/attachments", Reads: true,
			Body:  append(slices.Clone(wanted), condition{"id", ">", strconv.FormatInt(after, 10)}),
			Query: url.Values{"fields": {"TransactionId,Content,ContentType"}, "per_page": {strconv.Itoa(pageSize)}, "orderby": {"id"}},
		}
	})
	return slices.DeleteFunc(all, func(r row) bool { return !slices.Contains(transactions, string(r.TransactionID)) }), err
}
