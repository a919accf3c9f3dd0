// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// memoryConfig runs the suite on the reference system, behind what wrap puts around every connection.
func memoryConfig(wrap func(record.Connection) record.Connection) Config {
	var m *Memory
	return Config{
		Open: func(*testing.T) record.Connection {
			m = NewMemory()
			return wrap(m)
		},
		Again:    func(*testing.T) record.Connection { return wrap(m.Again()) },
		System:   MemorySystem(),
		PageSize: 60,
		Approve: func(_ *testing.T, _ record.Connection, c *record.ChangeRequest, by string, approve bool, comment string) error {
			return m.Decide(c.Number, by, approve, comment)
		},
	}
}

func asItIs(conn record.Connection) record.Connection { return conn }

func TestMemory(t *testing.T) { Run(t, memoryConfig(asItIs)) }

// TestFaulty shows that fault injection without faults keeps all guarantees, and that the troubles are survived.
func TestFaulty(t *testing.T) { Run(t, troubledConfig(asItIs)) }

// troubledConfig is memoryConfig with troubles, which meet whatever wrap makes of a connection.
func troubledConfig(wrap func(record.Connection) record.Connection) Config {
	var faulty *FaultyConnection
	c := memoryConfig(func(conn record.Connection) record.Connection {
		faulty = Faulty(conn)
		return wrap(faulty)
	})
	trouble := func(faults ...Fault) func(*testing.T) func() {
		return func(*testing.T) func() {
			faulty.Inject(faults...)
			return faulty.Heal
		}
	}
	unavailable := record.Errorf(record.ErrUnavailable, "busy")
	unavailable.RetryAfter = 1
	c.Faults = map[Trouble]func(*testing.T) func(){
		Unauthorized: trouble(Fault{Err: record.Errorf(record.ErrUnauthorized, "who are you")}),
		Throttled:    trouble(Fault{Err: unavailable}),
		TimeoutBefore: trouble(
			Fault{Method: Create, Err: record.Errorf(record.ErrAmbiguous, "no answer")}, Fault{Err: record.Errorf(record.ErrUnavailable, "no answer")},
		),
		TimeoutAfter: trouble(
			Fault{Method: Create, Err: record.Errorf(record.ErrAmbiguous, "no answer"), Committed: true}, Fault{Err: record.Errorf(record.ErrUnavailable, "no answer")},
		),
	}
	return c
}
