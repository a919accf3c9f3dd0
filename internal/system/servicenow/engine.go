// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// payload is one item for the Identification and Reconciliation Engine. The native key of the source makes it the same item each time.
type payload struct {
	Class  string            `json:"className"`
	Values map[string]string `json:"values"`
	Source source            `json:"sys_object_source_info"`
}

type source struct {
	Name string `json:"source_name"`
	Key  string `json:"source_native_key"`
}

// verdict is what the engine says about an item.
type verdict struct {
	SysID     string `json:"sysId"`
	Operation string `json:"operation"`
	Errors    []struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	} `json:"errors"`
	Warnings []struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	} `json:"warnings"`
}

const (
	enginePath      = "/api/now/identifyreconcile"
	operationInsert = "INSERT"
)

// reconcile adds the item, or changes the one that it is. It returns the sys_id, and whether the item was added.
func (c *connection) reconcile(ctx context.Context, item payload) (id string, inserted bool, err error) {
	v, err := c.engine(ctx, enginePath, item, false)
	if err != nil {
		return "", false, err
	}
	if !isSysID(v.SysID) {
		return "", false, v.refusal(item)
	}
	return v.SysID, v.Operation == operationInsert, nil
}

// simulate says which item the engine would change; empty where it would add one.
func (c *connection) simulate(ctx context.Context, item payload) (string, error) {
	v, err := c.engine(ctx, enginePath+"/query", item, true)
	if err != nil {
		return "", err
	}
	if len(v.Errors) > 0 {
		return "", v.refusal(item)
	}
	if v.Operation == operationInsert || !isSysID(v.SysID) {
		return "", nil
	}
	return v.SysID, nil
}

func (c *connection) engine(ctx context.Context, path string, item payload, reads bool) (verdict, error) {
	answer, err := c.do(ctx, transport.Request{
		Method: http.MethodPost, Path: path, Query: url.Values{"sysparm_data_source": {c.setup.source}},
		Body: map[string]any{"items": []payload{item}}, Reads: reads,
	})
	if err != nil {
		return verdict{}, err
	}
	var body struct {
		Result struct {
			Items []verdict `json:"items"`
		} `json:"result"`
	}
	if err := answer.JSON(&body); err != nil || len(body.Result.Items) != 1 {
		if reads {
			return verdict{}, record.Errorf(record.ErrUnavailable, "the answer of the identification engine does not hold the item").Because(err)
		}
		return verdict{}, unread(answer, err)
	}
	return body.Result.Items[0], nil
}

// refusal is the error for an item that the engine did not take, although it answered success.
func (v verdict) refusal(item payload) error {
	var words []string
	for _, e := range v.Errors {
		words = append(words, fmt.Sprintf("%s: %s", e.Error, e.Message))
	}
	for _, w := range v.Warnings {
		words = append(words, fmt.Sprintf("%s: %s", w.Error, w.Message))
	}
	if len(words) == 0 {
		words = append(words, "operation "+v.Operation+", sys_id "+v.SysID)
	}
	return record.Errorf(record.ErrInvalid, "the identification engine did not take the item for %s: %s", item.Class, strings.Join(words, "; ")).
		Advise("Check that discovery_source is a choice of cmdb_ci.discovery_source and that the identification rules of %s are content with what is configured, or set create_through = \"table\"", item.Class)
}
