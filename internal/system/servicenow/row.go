// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// row is a record as the instance shows it, by column. A column that is not in it is hidden from the account, or does not exist:
// the instance does not tell which.
type row map[string]string

// shown is how a display value is filed beside the value.
func shown(column string) string { return "shown " + column }

// UnmarshalJSON implements [json.Unmarshaler]. A column is a text, or an object with the value, the display value or both.
func (r *row) UnmarshalJSON(raw []byte) error {
	var columns map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&columns); err != nil {
		return err
	}
	*r = make(row, len(columns))
	for column, value := range columns {
		if pair, ok := value.(map[string]any); ok {
			(*r)[shown(column)] = plain(pair["display_value"])
			value = pair["value"]
		}
		(*r)[column] = plain(value)
	}
	return nil
}

func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(value)
}

// results reads an answer, whose result is a record or a list of records: the documentation of some interfaces shows both.
func results(answer *transport.Response) ([]row, error) {
	var body struct {
		Result json.RawMessage `json:"result"`
	}
	if err := answer.JSON(&body); err != nil {
		return nil, err
	}
	raw := bytes.TrimSpace(body.Result)
	if len(raw) == 0 {
		return nil, record.Errorf(record.ErrUnavailable, "the answer has no result")
	}
	var rows []row
	var err error
	if raw[0] == '[' {
		err = json.Unmarshal(raw, &rows)
	} else {
		var one row
		err = json.Unmarshal(raw, &one)
		rows = []row{one}
	}
	if err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "the result is not what was expected").Because(err)
	}
	return rows, nil
}
