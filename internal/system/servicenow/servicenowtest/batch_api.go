// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
)

// The Batch API. SND: api-reference/rest-apis/batch-api.md.

type batchRequest struct {
	ID       string `json:"batch_request_id"`
	Requests []struct {
		ID      string      `json:"id"`
		Method  string      `json:"method"`
		URL     string      `json:"url"`
		Body    string      `json:"body"` // base64
		Quiet   bool        `json:"exclude_response_headers"`
		Headers []nameValue `json:"headers"`
	} `json:"rest_requests"`
}

type nameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// batch serves requests one after the other. It answers 200 whatever they answer; one that is not served because of a limit is only
// named.
func (c *call) batch() answer {
	var b batchRequest
	if json.Unmarshal(c.body, &b) != nil {
		return invalidJSON()
	}
	served, left := make([]any, 0), make([]string, 0)
	limit, _ := strconv.Atoi(c.in.property("glide.rest.batch.max.inputSize"))
	for n, request := range b.Requests {
		content, err := base64.StdEncoding.DecodeString(request.Body)
		if (c.in.behaviour.BatchLimit > 0 && n >= c.in.behaviour.BatchLimit) || len(content) > limit {
			left = append(left, request.ID)
			continue
		}
		var a answer
		inner, wrong := http.NewRequestWithContext(c.r.Context(), request.Method, request.URL, http.NoBody)
		if err != nil || wrong != nil {
			a = failure(http.StatusBadRequest, "Invalid request in batch", request.ID)
		} else {
			inner.Host, inner.TLS = c.r.Host, c.r.TLS
			for _, h := range request.Headers {
				inner.Header.Set(h.Name, h.Value)
			}
			one := &call{in: c.in, r: inner, body: content, name: c.name, account: c.account, user: c.user}
			a, _ = one.dispatch()
		}
		headers := make([]nameValue, 0)
		if !request.Quiet {
			for name := range a.header {
				headers = append(headers, nameValue{name, a.header.Get(name)})
			}
			headers = append(headers, nameValue{"Content-Type", a.contentType})
		}
		served = append(served, map[string]any{
			"id": request.ID, "body": base64.StdEncoding.EncodeToString(a.body), "status_code": a.status,
			"status_text": http.StatusText(a.status), "headers": headers, "execution_time": 1,
		})
	}
	return answerJSON(http.StatusOK, map[string]any{
		"batch_request_id": b.ID, "serviced_requests": served, "unserviced_requests": left,
	})
}
