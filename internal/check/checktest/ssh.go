// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package checktest has servers for checks to look at in tests.
package checktest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// SSHServer is an SSH server that takes one key, and runs commands of its own:
//
//	echo TEXT    writes TEXT
//	exit CODE    exits with CODE, after a line on standard error
//	hang         does not end
//	kill         is ended by a signal
//	flood        writes more than anyone wants to read
//	vanish       ends without an exit code
type SSHServer struct {
	Host string
	Port int
	// HostKey is the server's public key, as authorized_keys has it.
	HostKey string
	// KeyFile is the private key that may log in.
	KeyFile string

	key       ed25519.PrivateKey
	directory string
}

// NewSSHServer starts a server for the test's life.
func NewSSHServer(t *testing.T) *SSHServer {
	t.Helper()
	hostSigner, _ := newKey(t)
	signer, key := newKey(t)
	listener := listen(t, "tcp", "127.0.0.1:0")
	s := &SSHServer{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, HostKey: authorized(hostSigner), key: key, directory: t.TempDir(),
	}
	s.KeyFile = s.write(t, "id_ed25519", key, "")
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
		if string(offered.Marshal()) != string(signer.PublicKey().Marshal()) {
			return nil, fmt.Errorf("unknown key")
		}
		return &ssh.Permissions{}, nil
	}}
	config.AddHostKey(hostSigner)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(connection, config)
		}
	}()
	return s
}

// KnownHosts writes a known_hosts file with a host key for the server.
func (s *SSHServer) KnownHosts(t *testing.T, hostKey string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte("["+s.Host+"]:"+strconv.Itoa(s.Port)+" "+hostKey), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// LockedKeyFile is the private key that may log in, under a passphrase.
func (s *SSHServer) LockedKeyFile(t *testing.T) string {
	t.Helper()
	return s.write(t, "locked", s.key, "hunter2")
}

// OtherKey is a public key of nobody, and the file of its private key.
func OtherKey(t *testing.T) (public, file string) {
	t.Helper()
	signer, key := newKey(t)
	s := &SSHServer{directory: t.TempDir()}
	return authorized(signer), s.write(t, "other", key, "")
}

// Agent runs an SSH agent that has the key that may log in, and returns its socket.
func (s *SSHServer) Agent(t *testing.T) string {
	t.Helper()
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: s.key}); err != nil {
		t.Fatal(err)
	}
	return socket(t, func(c net.Conn) { _ = agent.ServeAgent(keyring, c) })
}

// SilentAgent is an agent that does not answer.
func SilentAgent(t *testing.T) string {
	t.Helper()
	return socket(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); select {} })
}

func socket(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	// A socket's path must be short, which that of t.TempDir is not everywhere.
	directory, err := os.MkdirTemp("", "agent") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	path := filepath.Join(directory, "socket")
	listener := listen(t, "unix", path)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return path
}

func newKey(t *testing.T) (ssh.Signer, ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, key
}

func authorized(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

func (s *SSHServer) write(t *testing.T, name string, key ed25519.PrivateKey, passphrase string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.directory, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func serve(connection net.Conn, config *ssh.ServerConfig) {
	defer func() { _ = connection.Close() }()
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				var payload struct{ Command string }
				if r.Type != "exec" || ssh.Unmarshal(r.Payload, &payload) != nil {
					_ = r.Reply(false, nil)
					continue
				}
				_ = r.Reply(true, nil)
				execute(channel, payload.Command)
			}
		}()
	}
}

func execute(channel ssh.Channel, command string) {
	verb, rest, _ := strings.Cut(command, " ")
	code := 0
	switch verb {
	case "echo":
		_, _ = fmt.Fprintln(channel, rest)
	case "exit":
		code, _ = strconv.Atoi(rest)
		_, _ = fmt.Fprintln(channel.Stderr(), "unit is degraded")
	case "flood":
		for range 3 << 10 {
			_, _ = channel.Write(make([]byte, 1<<10))
		}
	case "hang":
		return
	case "kill":
		_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Signal        string
			Core          bool
			Error, Locale string
		}{Signal: "KILL"}))
		_ = channel.Close()
		return
	case "vanish":
		_ = channel.Close()
		return
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(code)}))
	_ = channel.Close()
}
