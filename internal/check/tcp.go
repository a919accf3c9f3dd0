// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"errors"
	"net"
)

// TCP looks whether an address accepts connections.
type TCP struct {
	// Address is a host and a port.
	Address string
}

// Probe implements [Form].
func (c TCP) Probe() (Probe, error) {
	if err := invalid("address", Address(c.Address)); err != nil {
		return nil, err
	}
	return c, nil
}

// Target implements [Probe].
func (c TCP) Target() string { return "tcp " + c.Address }

// Expected implements [Probe].
func (TCP) Expected() string { return "accepts a connection" }

// Look implements [Probe].
func (c TCP) Look(ctx context.Context) (string, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Address)
	var operation *net.OpError
	if errors.As(err, &operation) {
		return "", operation.Err // without the address, which the target has
	}
	if err != nil {
		return "", err
	}
	_ = connection.Close()
	return "accepted a connection", nil
}
