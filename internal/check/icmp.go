// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// ICMP looks whether a host answers an echo request (ping).
type ICMP struct {
	// Host is a host name or an IP address.
	Host string
}

// ping is what the two versions of the protocol differ in.
type ping struct {
	datagram, raw, wildcard string
	request, reply          icmp.Type
	protocol                int
}

var (
	ping4 = ping{"udp4", "ip4:icmp", "0.0.0.0", ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply, 1}
	ping6 = ping{"udp6", "ip6:ipv6-icmp", "::", ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply, 58}
)

type icmpProbe struct {
	ICMP
	// listen is [icmp.ListenPacket], but in tests.
	listen func(network, address string) (*icmp.PacketConn, error)
}

// Probe implements [Form].
func (c ICMP) Probe() (Probe, error) {
	if err := invalid("host", Host(c.Host)); err != nil {
		return nil, err
	}
	return &icmpProbe{ICMP: c, listen: icmp.ListenPacket}, nil
}

// Target implements [Probe].
func (p *icmpProbe) Target() string { return "icmp " + p.Host }

// Expected implements [Probe].
func (*icmpProbe) Expected() string { return "answers an echo request" }

// Look implements [Probe].
func (p *icmpProbe) Look(ctx context.Context) (string, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", p.Host)
	if err != nil {
		return "", err
	}
	address := found[0].Unmap()
	version := ping4
	if address.Is6() {
		version = ping6
	}
	connection, target, err := p.open(version, address)
	if err != nil {
		return "", err
	}
	defer func() { _ = connection.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	token := make([]byte, 16)
	_, _ = rand.Read(token) // it never fails
	request, err := (&icmp.Message{Type: version.request, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: 1, Data: token}}).Marshal(nil)
	if err != nil {
		return "", err
	}
	if _, err := connection.WriteTo(request, target); err != nil {
		return "", err
	}
	if err := awaitReply(connection, version, token); err != nil {
		return "", err
	}
	return "answered an echo request from " + address.String(), nil
}

// open prefers the socket that needs no privilege, which not every operating system has.
func (p *icmpProbe) open(version ping, address netip.Addr) (*icmp.PacketConn, net.Addr, error) {
	connection, err := p.listen(version.datagram, version.wildcard)
	if err == nil {
		return connection, &net.UDPAddr{IP: address.AsSlice(), Zone: address.Zone()}, nil
	}
	connection, rawErr := p.listen(version.raw, version.wildcard)
	if rawErr == nil {
		return connection, &net.IPAddr{IP: address.AsSlice(), Zone: address.Zone()}, nil
	}
	return nil, nil, hopelessf("this machine does not let the provider send ICMP (%w). On Linux allow it with sysctl net.ipv4.ping_group_range=\"0 2147483647\" "+
		"or give the process CAP_NET_RAW; elsewhere run as administrator. Or check with tcp in place of icmp", errors.Join(err, rawErr))
}

// awaitReply reads until the reply with the token comes. What it can read may be meant for other processes.
func awaitReply(connection *icmp.PacketConn, version ping, token []byte) error {
	buffer := make([]byte, 1500)
	for {
		n, _, err := connection.ReadFrom(buffer)
		if err != nil {
			return fmt.Errorf("no reply: %w", err)
		}
		message, err := icmp.ParseMessage(version.protocol, buffer[:n])
		if err != nil || message.Type != version.reply {
			continue
		}
		if echo, ok := message.Body.(*icmp.Echo); ok && bytes.Equal(echo.Data, token) {
			return nil
		}
	}
}
