// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"os"

	"golang.org/x/net/icmp"
)

// RefusedICMP is a probe on a machine that lets nobody send ICMP.
func RefusedICMP() Probe {
	return &icmpProbe{ICMP: ICMP{Host: "127.0.0.1"}, listen: func(string, string) (*icmp.PacketConn, error) { return nil, os.ErrPermission }}
}

// JudgeJSON looks into a document.
func JudgeJSON(path string, equals *string, document []byte) (string, error) {
	rule, err := newJSONRule(path, equals)
	if err != nil {
		return "", err
	}
	return rule.judge(document, true)
}
