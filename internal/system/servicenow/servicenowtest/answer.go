// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// answer is a response before it is written.
type answer struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
}

func answerJSON(status int, body any) answer {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return failure(http.StatusInternalServerError, "Internal Server Error", err.Error())
	}
	return answer{status: status, header: make(http.Header), contentType: "application/json;charset=UTF-8", body: bytes.TrimSpace(text.Bytes())}
}

// result answers as all interfaces do.
func result(status int, content any) answer {
	return answerJSON(status, map[string]any{"result": content})
}

func noContent() answer { return answer{status: http.StatusNoContent, header: make(http.Header)} }

// failure is how an interface says no. An empty detail is null, as practitioners see it.
func failure(status int, message, detail string) answer {
	e := map[string]any{"message": message, "detail": nil}
	if detail != "" {
		e["detail"] = detail
	}
	return answerJSON(status, map[string]any{"error": e, "status": "failure"})
}

// notFound does not say whether the record is not there or hidden.
// https://github.com/rapid7/insightconnect-plugins: "No Record found", "Record doesn't exist or ACL restricts the record retrieval".
func notFound() answer {
	return failure(http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}

// invalidTable is the answer about a table that there is not, as practitioners measured it.
func invalidTable(name string) answer {
	return failure(http.StatusBadRequest, "Invalid table "+name, "")
}

func invalidJSON() answer {
	return failure(http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON.")
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone
}
