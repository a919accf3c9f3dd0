// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// SSHCommand looks at what a command on a host says. The host's key is verified; there are no passwords.
type SSHCommand struct {
	Host string
	// Port is 22 by default.
	Port          int64
	User, Command string
	ExitCode      int64
	// StdoutMatches is a regular expression; empty takes any output.
	StdoutMatches string
	// HostKey is the key that the host has to have. Without it the key has to be in KnownHostsFile, by default
	// ~/.ssh/known_hosts.
	HostKey, KnownHostsFile string
	// PrivateKeyFile logs in. Without it the SSH agent does (SSH_AUTH_SOCK).
	PrivateKeyFile string
}

const (
	defaultSSHPort = 22
	// outputLimit is how much of a command's output is looked at.
	outputLimit = 1 << 20
)

// ExitCode wants what a process can exit with.
func ExitCode(code int64) error {
	if code < 0 || code > 255 {
		return fmt.Errorf("must be from 0 to 255, is %d", code)
	}
	return nil
}

type sshProbe struct {
	SSHCommand
	address string
	pattern *regexp.Regexp
	hostKey ssh.PublicKey
}

// Probe implements [Form].
func (c SSHCommand) Probe() (Probe, error) {
	if c.Port == 0 {
		c.Port = defaultSSHPort
	}
	pattern, err := regexp.Compile(c.StdoutMatches)
	if err := firstOf(
		invalid("host", Host(c.Host)), invalid("port", Port(c.Port)), invalid("user", NotBlank(c.User)), invalid("command", NotBlank(c.Command)),
		invalid("exit_code", ExitCode(c.ExitCode)), invalid("stdout_matches", Pattern(c.StdoutMatches), err),
	); err != nil {
		return nil, err
	}
	if c.PrivateKeyFile != "" {
		if err := invalid("private_key_file", KeyFile(c.PrivateKeyFile)); err != nil {
			return nil, err
		}
	}
	p := &sshProbe{SSHCommand: c, address: net.JoinHostPort(c.Host, strconv.FormatInt(c.Port, 10)), pattern: pattern}
	if c.HostKey != "" {
		if c.KnownHostsFile != "" {
			return nil, &Invalid{"host_key", "must not be set together with known_hosts_file"}
		}
		if p.hostKey, err = parseHostKey(c.HostKey); err != nil {
			return nil, invalid("host_key", err)
		}
	}
	return p, nil
}

// Target implements [Probe].
func (p *sshProbe) Target() string {
	return fmt.Sprintf("ssh %s@%s %s", p.User, p.address, excerpt(p.Command))
}

// Expected implements [Probe].
func (p *sshProbe) Expected() string {
	text := fmt.Sprintf("exits with %d", p.ExitCode)
	if p.StdoutMatches != "" {
		text += ", its standard output matches " + excerpt(p.StdoutMatches)
	}
	return text
}

// Look implements [Probe].
func (p *sshProbe) Look(ctx context.Context) (string, error) {
	signers, done, err := p.signers(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	verify, algorithms, err := p.verifier()
	if err != nil {
		return "", err
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return "", err
	}
	defer func() { _ = connection.Close() }()
	// The library knows no context: closing under it ends whatever it waits for.
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	var refused error
	channel, channels, requests, err := ssh.NewClientConn(connection, p.address, &ssh.ClientConfig{
		User: p.User, Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(signers)}, HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			refused = verify(host, remote, key)
			return refused
		},
	})
	if refused != nil {
		return "", refused
	}
	if err != nil {
		return "", fmt.Errorf("cannot log in: %w", err)
	}
	client := ssh.NewClient(channel, channels, requests)
	defer func() { _ = client.Close() }()
	return p.run(client)
}

func (p *sshProbe) run(client *ssh.Client) (string, error) {
	session, err := client.NewSession()
	if err != nil {
		return "", fmt.Errorf("cannot open a session: %w", err)
	}
	defer func() { _ = session.Close() }()
	var stdout, stderr output
	session.Stdout, session.Stderr = &stdout, &stderr
	err = session.Run(p.Command)
	code := int64(0)
	var exit *ssh.ExitError
	switch {
	case errors.As(err, &exit) && exit.Signal() != "":
		return "", fmt.Errorf("was ended by signal %s%s", excerpt(exit.Signal()), shownOutput(&stdout, &stderr))
	case exit != nil:
		code = int64(exit.ExitStatus())
	case err != nil:
		return "", fmt.Errorf("did not end with an exit code: %w%s", err, shownOutput(&stdout, &stderr))
	}
	if code != p.ExitCode {
		return "", fmt.Errorf("exited with %d, not %d%s", code, p.ExitCode, shownOutput(&stdout, &stderr))
	}
	seen := fmt.Sprintf("exited with %d", code)
	if p.StdoutMatches == "" {
		return seen, nil
	}
	if !p.pattern.Match(stdout.kept.Bytes()) {
		return "", fmt.Errorf("exited with %d, and its standard output does not match %s%s", code, excerpt(p.StdoutMatches), shownOutput(&stdout, &stderr))
	}
	return seen + ", its standard output matches " + excerpt(p.StdoutMatches), nil
}

// output keeps the beginning of what is written and takes the rest, so that the command does not wait for a reader.
type output struct{ kept bytes.Buffer }

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.kept.Write(p[:min(len(p), outputLimit-o.kept.Len())])
	return len(p), nil
}

func shownOutput(stdout, stderr *output) string {
	var text string
	for _, o := range []struct {
		name string
		*output
	}{{"standard output", stdout}, {"standard error", stderr}} {
		if written := o.kept.Bytes(); len(written) > 0 {
			text += "; " + o.name + ": " + excerpt(string(written[:min(len(written), 4*excerptLength)]))
		}
	}
	return text
}

// verifier is how the host's key is judged, and which algorithms to offer, so that a host with several keys shows the known one.
func (p *sshProbe) verifier() (ssh.HostKeyCallback, []string, error) {
	if p.hostKey != nil {
		return p.verifyFixed, hostKeyAlgorithms(p.hostKey), nil
	}
	file, err := p.knownHostsFile()
	if err != nil {
		return nil, nil, err
	}
	known, err := knownhosts.NewDB(file)
	if err != nil {
		return nil, nil, hopelessf("the known hosts cannot be read (%w): set known_hosts_file, or host_key to the host's public key", err)
	}
	verify := func(host string, remote net.Addr, key ssh.PublicKey) error {
		err := known.HostKeyCallback()(host, remote, key)
		switch {
		case knownhosts.IsHostKeyChanged(err):
			return hopelessf("the host key %s is not the one in %s: the host was rebuilt, or this is another host. Correct the file once you know which", keyText(key), file)
		case knownhosts.IsHostUnknown(err):
			return hopelessf("the host is not in %s; its key is %s. Verify that key and add it to the file, or set host_key", file, keyText(key))
		case err != nil:
			return hopelessf("the host key %s is refused by %s: %w", keyText(key), file, err)
		}
		return nil
	}
	return verify, known.HostKeyAlgorithms(p.address), nil
}

func (p *sshProbe) verifyFixed(_ string, _ net.Addr, key ssh.PublicKey) error {
	if !bytes.Equal(key.Marshal(), p.hostKey.Marshal()) {
		return hopelessf("the host key %s is not host_key, which is %s: the host was rebuilt, or this is another host", keyText(key), keyText(p.hostKey))
	}
	return nil
}

// hostKeyAlgorithms are those that a key can sign with.
func hostKeyAlgorithms(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key.Type()}
}

func keyText(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

func (p *sshProbe) knownHostsFile() (string, error) {
	if p.KnownHostsFile != "" {
		return expand(p.KnownHostsFile)
	}
	return expand("~/.ssh/known_hosts")
}

// expand replaces a leading ~, as ssh does.
func expand(file string) (string, error) {
	rest, ok := strings.CutPrefix(file, "~/")
	if !ok {
		return file, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", hopelessf("%s cannot be found: %w", file, err)
	}
	return filepath.Join(home, rest), nil
}

// signers are the keys to log in with. done lets go of the agent.
func (p *sshProbe) signers(ctx context.Context) (signers func() ([]ssh.Signer, error), done func(), err error) {
	if p.PrivateKeyFile != "" {
		signer, err := readPrivateKey(p.PrivateKeyFile)
		return func() ([]ssh.Signer, error) { return []ssh.Signer{signer}, nil }, func() {}, err
	}
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, nil, hopelessf("there is no key to log in with: set private_key_file, or run Terraform where an SSH agent is (SSH_AUTH_SOCK)")
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, nil, hopelessf("the SSH agent of SSH_AUTH_SOCK cannot be reached: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	return agent.NewClient(connection).Signers, func() { stop(); _ = connection.Close() }, nil
}

func readPrivateKey(file string) (ssh.Signer, error) {
	path, err := expand(file)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return nil, hopelessf("private_key_file cannot be read: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, hopelessf("private_key_file %s needs a passphrase: load it into an SSH agent and leave private_key_file out", path)
	case err != nil:
		return nil, hopelessf("private_key_file %s is not a private key: %w", path, err)
	}
	return signer, nil
}
