//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a run of the CLI, in a process group of its own with the providers that it starts.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	done chan struct{}
	// err is how it ended; to be read once done is closed.
	err error
}

// start runs the CLI without waiting for it. Whatever is left of it is ended with the test.
func (w *world) start(args ...string) *process {
	w.t.Helper()
	p := &process{t: w.t, cmd: exec.Command(w.tools.cli, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = w.dir, w.environment()
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Minute
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		for _, pid := range append(p.providers(), p.pid()) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		<-p.done
	})
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// wait returns the exit status.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(5 * time.Minute):
		p.t.Fatalf("%v has not ended after 5 minutes\n%s", p.cmd.Args, p.out.tail())
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// providers are the live processes of the group besides the CLI, also after it has gone.
func (p *process) providers() []int {
	var pids []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if pid, group, live := readStat(path); live && group == p.pid() && pid != p.pid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// readStat reads proc_pid_stat(5). A process whose first thread is a zombie lives for as long as it has others: one
// that still syncs the log of a COMMIT holds the database's locks, and what it wrote appears once they are free.
func readStat(path string) (pid, group int, live bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, false // it has ended
	}
	text := string(content)
	// The second field is a name in parentheses that may contain anything; what follows begins with the third.
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const state, processGroup, threads = 0, 2, 17
	if len(fields) <= threads {
		return 0, 0, false
	}
	pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
	group, _ = strconv.Atoi(fields[processGroup])
	dead := (fields[state] == "Z" || fields[state] == "X") && (fields[threads] == "1" || fields[threads] == "0")
	return pid, group, !dead
}

// killProviders kills what runs beside the CLI; false where the CLI ended before there was anything to kill.
func (p *process) killProviders() bool {
	for !p.ended() {
		killed := false
		for _, pid := range p.providers() {
			killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
		}
		if killed {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// killCLI kills the CLI alone; false where it had ended.
func (p *process) killCLI() bool {
	if p.ended() || syscall.Kill(p.pid(), syscall.SIGKILL) != nil {
		return false
	}
	<-p.done
	var status *exec.ExitError
	return errors.As(p.err, &status) && !status.Exited()
}

// bereaved waits until the providers have ended by themselves, and says how long they took.
func (p *process) bereaved(limit time.Duration) time.Duration {
	p.t.Helper()
	began := time.Now()
	for len(p.providers()) > 0 {
		if time.Since(began) > limit {
			p.t.Fatalf("%s after the end of the CLI its provider still runs: %v", limit, p.providers())
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// moment is a point of a run: after so many lines about resources, and a little later.
type moment struct {
	events int
	later  time.Duration
}

func (m moment) String() string { return fmt.Sprintf("%s after event %d", m.later, m.events) }

// reach waits for the moment; false where the run ended first.
func (p *process) reach(m moment) bool {
	select {
	case <-p.out.after(m.events):
	case <-p.done:
		return false
	}
	select {
	case <-time.After(m.later):
	case <-p.done:
	}
	return !p.ended()
}

// output collects what the CLI prints and counts the lines that tell of progress.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	line    []byte
	events  int
	awaited int
	reached chan struct{}
}

// progress are what the CLIs print when they begin or finish with a resource.
var progress = []string{
	": Refreshing state...", ": Creating...", ": Creation complete", ": Modifying...", ": Modifications complete",
	": Destroying...", ": Destruction complete",
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	o.line = append(o.line, p...)
	for {
		line, rest, complete := bytes.Cut(o.line, []byte("\n"))
		if !complete {
			break
		}
		for _, words := range progress {
			if bytes.Contains(line, []byte(words)) {
				o.events++
				break
			}
		}
		o.line = rest
	}
	o.announce()
	return len(p), nil
}

// announce is called with the lock held.
func (o *output) announce() {
	if o.reached != nil && o.events >= o.awaited {
		close(o.reached)
		o.reached = nil
	}
}

// after is closed once there have been so many events. Only one caller waits at a time.
func (o *output) after(events int) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	reached := make(chan struct{})
	o.awaited, o.reached = events, reached
	o.announce()
	return reached
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// tail is where errors are.
func (o *output) tail() string {
	text := o.String()
	return text[max(0, len(text)-4000):]
}

// count is how many events there have been.
func (o *output) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.events
}
