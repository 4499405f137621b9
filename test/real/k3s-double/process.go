package main

// Programs that run underneath, as k3s has most of them within itself: they end with it, however it ends, and it ends when one of them does.

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

func logf(format string, args ...any) { log.Printf(format, args...) }

func must(err error) {
	if err != nil {
		fatal("%v", err)
	}
}

func fatal(format string, args ...any) {
	logf("level=fatal "+format, args...)
	stopAll()
	os.Exit(1)
}

type child struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

var (
	children   []*child
	childrenMu sync.Mutex
	isStopping bool
	starts     = make(chan func())
)

// A child's death signal comes when the thread that made it ends: one thread makes them all, and never ends.
func startThread() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
}

type program struct {
	name string
	args []string
	env  []string
}

func run(p program) {
	cmd := exec.Command(filepath.Join(binaries(), p.name), p.args...)
	cmd.Env = append(childEnvironment(), p.env...)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	errs := make(chan error)
	starts <- func() { errs <- cmd.Start() }
	if err := <-errs; err != nil {
		fatal("%s: %v", p.name, err)
	}
	c := &child{p.name, cmd, make(chan struct{})}
	childrenMu.Lock()
	children = append(children, c)
	childrenMu.Unlock()
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			fmt.Fprintf(os.Stderr, "%s: %s\n", p.name, lines.Text())
		}
	}()
	go func() {
		err := cmd.Wait()
		close(c.done)
		if !isStopping {
			fatal("%s ended: %v", p.name, err)
		}
	}()
}

// In the order in which they can go: those that need others first.
func stopAll() {
	isStopping = true
	childrenMu.Lock()
	defer childrenMu.Unlock()
	for i := len(children) - 1; i >= 0; i-- {
		c := children[i]
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-c.done:
		case <-time.After(5 * time.Second):
			_ = c.cmd.Process.Kill()
		}
	}
}

func childEnvironment() []string {
	var env []string
	for _, each := range os.Environ() {
		if !strings.HasPrefix(each, "NOTIFY_SOCKET=") && !strings.HasPrefix(each, "PATH=") && !strings.HasPrefix(each, "K3S_DATASTORE") {
			env = append(env, each)
		}
	}
	// Behind the machine's own PATH: what a lab puts in front of runc stays in front.
	return append(env, "PATH="+os.Getenv("PATH")+":"+binaries())
}

// Runs a program to its end and gives what it printed.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(binaries(), name), args...)
	cmd.Env = childEnvironment()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return string(text), fmt.Errorf("%s: %v: %s", name, err, strings.TrimSpace(string(text)))
	}
	return string(text), nil
}

func notifyReady() {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unixgram", socket)
	must(err)
	defer conn.Close()
	_, err = conn.Write([]byte("READY=1\n"))
	must(err)
}

func waitFor(what string, within time.Duration, done func() error) {
	deadline := time.Now().Add(within)
	told := time.Now()
	for {
		err := done()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			fatal("%s: not within %v: %v", what, within, err)
		}
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			logf("waiting: %s: %v", what, err)
		}
		time.Sleep(300 * time.Millisecond)
	}
}
