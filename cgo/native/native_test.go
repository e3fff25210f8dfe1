package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

const scriptEnv = "HEADRACE_TEST_SCRIPT"

// The tests are Python scripts. Each runs in a child process, which is this test binary with the
// engine below embedded under it.
func TestMain(m *testing.M) {
	script := os.Getenv(scriptEnv)
	if script == "" {
		os.Exit(m.Run())
	}
	name := os.Getenv("HEADRACE_PYTHON")
	if name == "" {
		name = "python3"
	}
	it, err := python.Find(name)
	if err == nil {
		var code int
		code, err = it.Embed([]string{"-X", "dev", "-c", script}, Functions(Engine{Version: "1.2.3",
			Open: openEcho, Main: func(args []string) int { return len(args) }}))
		if err == nil {
			os.Exit(code)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(100)
}

// echo is a session that answers requests by their text and gives back what it is given.
type echo struct {
	config string
	rows   map[string][]*batch.Batch
}

func openEcho(config []byte) (Session, error) {
	if strings.Contains(string(config), "bad") {
		return nil, errs.Userf("there is no option 'bad'").Fix("did you mean 'good'?")
	}
	return &echo{config: string(config), rows: map[string][]*batch.Batch{}}, nil
}

func (e *echo) Call(ctx context.Context, request []byte) ([]byte, error) {
	switch verb := strings.Trim(string(request), `{}"`); verb {
	case "config":
		return []byte(`{"config": ` + e.config + `}`), nil
	case "wait":
		<-ctx.Done()
		fmt.Println("cancelled")
		return nil, ctx.Err()
	case "panic":
		panic("out of the blue")
	case "fail":
		return nil, errs.Dataf("field 'a' is not an INT").At("in.csv:17")
	case "spin":
		go spin()
		return []byte(`{}`), nil
	case "raise":
		return nil, raise()
	}
	return nil, errs.Internalf("request %s", request)
}

// raise fails as a user's function does in a task.
func raise() error {
	err := python.Do(func() error {
		f, err := python.ImportAttr("__main__", "boom")
		if err != nil {
			return err
		}
		defer f.Drop()
		_, err = f.Call()
		return err
	})
	var e *python.Error
	if errors.As(err, &e) {
		return errs.Userf("map(boom) at row 42").At("job.py:12").Wrap(e)
	}
	return err
}

// spin runs Python for ever, as a task whose function does not come back.
func spin() {
	th, err := python.OpenThread()
	if err != nil {
		return
	}
	defer th.Close()
	err = th.Do(func() error {
		f, err := python.ImportAttr("__main__", "spin")
		if err != nil {
			return err
		}
		defer f.Drop()
		_, err = f.Call()
		return err
	})
	fmt.Println("spin ended:", err)
}

func (e *echo) PutBatches(_ *types.Schema, batches []*batch.Batch) string {
	e.rows["rows"] = batches
	return "rows"
}

func (e *echo) PutObjects(c *batch.Column) string {
	schema := types.NewSchema(types.F("value", c.Type))
	b := batch.New(schema, []*batch.Column{c}, c.Len())
	b.Kinds = make([]types.RowKind, b.Len())
	if b.Len() > 1 {
		b.Kinds[1] = types.Delete
	}
	e.rows["objects"] = []*batch.Batch{b}
	return "objects"
}

func (e *echo) Fetch(ctx context.Context, handle string) (*batch.Batch, bool, error) {
	if handle == "never" {
		<-ctx.Done()
		return nil, false, ctx.Err()
	}
	list := e.rows[handle]
	if len(list) == 0 {
		return nil, false, nil
	}
	e.rows[handle] = list[1:]
	return list[0], true, nil
}

func (*echo) Drain() bool { return true }

func (e *echo) Close() {}

// play runs a script in a child and returns what it printed.
func play(t *testing.T, script string) (stdout, stderr string, code int) {
	t.Helper()
	source, err := filepath.Abs("../../python")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), scriptEnv+"="+script, "PYTHONPATH="+source)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// passes runs a script that asserts by itself, and expects nothing on its standard error.
func passes(t *testing.T, script string) string {
	t.Helper()
	out, errText, code := play(t, script)
	if code != 0 || errText != "" {
		t.Fatalf("exit code %d\n%s%s", code, out, errText)
	}
	return out
}

func TestSession(t *testing.T) {
	passes(t, `
from headrace import _core
from headrace.util.exceptions import *
with _core.Session({"a": "b"}) as s:
    assert s.call("config") == {"config": {"a": "b"}}
    try: s.call("fail")
    except JobFailedError as e: assert str(e) == "in.csv:17: field 'a' is not an INT", e
    else: assert 0
try: s.call("config")
except HeadraceError as e: assert "closed" in str(e)
else: assert 0
try: _core.Session({"bad": "1"})
except ValidationException as e: assert "did you mean 'good'?" in str(e)
else: assert 0
assert _core.engine_version() == "1.2.3"
import sys; sys.argv = ["headrace", "a", "b"]
assert _core.main() == 3
`)
}

func TestRowsCrossBothWays(t *testing.T) {
	passes(t, `
import pyarrow as pa
from headrace import _core
with _core.Session() as s:
    table = pa.table({"a": [1, None, 3], "b": ["x", "y", None]})
    h = s.put_arrow(table)
    rows = s.fetch(h)
    assert rows.batch.to_pylist() == table.to_pylist(), rows
    here, there = table.column("a").chunk(0).buffers()[1], rows.batch.column(0).buffers()[1]
    assert here.address == there.address
    assert s.fetch(h) is None
    text = "a text that is not interned"
    mine = [text, {"k": [1]}, None]
    h = s.put_objects(mine)
    mine[1]["k"].append(2)
    rows = s.fetch(h)
    assert rows.objects[0] is text and rows.objects == [text, {"k": [1]}, None], rows
    assert [rows.kind(i) for i in range(3)] == ["+I", "-D", "+I"]
    try: s.fetch("never", 10)
    except TimeoutError: pass
    else: assert 0
    del rows, table, here, there
    import gc; gc.collect()
    _core._native.version()
    c = _core.counters()
    assert c["arrow_exported"] == 0, c
try: _core._native.put_arrow(99, None)
except RuntimeError as e: assert "closed" in str(e)
else: assert 0
`)
}

func TestUserExceptionIsRaisedAsItself(t *testing.T) {
	passes(t, `
import traceback
from headrace import _core
class Mine(ValueError): pass
raised = []
def boom():
    raised.append(Mine("no", 7))
    raise raised[0]
with _core.Session() as s:
    try: s.call("raise")
    except Mine as e:
        assert e is raised[0]
        notes = getattr(e, "__notes__", e.args)
        assert notes[-1] == "job.py:12: map(boom) at row 42", notes
        assert "in boom" in traceback.format_exc()
    else: assert 0
`)
}

func TestCtrlCCancels(t *testing.T) {
	out := passes(t, `
import os, signal, threading
from headrace import _core
with _core.Session() as s:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    try: s.call("wait")
    except KeyboardInterrupt: print("interrupted")
    else: assert 0
    assert s.call("config") == {"config": {}}
`)
	if out != "cancelled\ninterrupted\n" {
		t.Errorf("got %q", out)
	}
}

func TestPanicPoisonsAndTheProcessLives(t *testing.T) {
	for _, how := range []string{`s.call("panic")`, `_core._native.debug_panic("out of the blue")`} {
		passes(t, `
from headrace import _core
s = _core.Session()
try: `+how+`
except Exception as e: assert "out of the blue" in str(e) and "report" in str(e), e
else: assert 0
try: s.call("config")
except RuntimeError as e: assert "panicked earlier (out of the blue)" in str(e), e
else: assert 0
assert _core.engine_version() == "1.2.3"
s.close()
`)
	}
}

func TestForkIsRefused(t *testing.T) {
	passes(t, `
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from headrace import _core
s = _core.Session()
pid = os.fork()
if pid == 0:
    try: s.call("config")
    except RuntimeError as e: os._exit(7 if "spawn" in str(e) else 8)
    os._exit(9)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert s.call("config") == {"config": {}}
`)
}

func TestExitEndsRunningPython(t *testing.T) {
	start := time.Now()
	out, errText, code := play(t, `
import time
from headrace import _core
def spin():
    while True: pass
s = _core.Session()
s.call("spin")
time.sleep(0.1)
`)
	if code != 0 || !strings.Contains(out, "spin ended: SystemExit") {
		t.Errorf("exit code %d\n%s%s", code, out, errText)
	}
	if d := time.Since(start); d > 3*stopLimit {
		t.Errorf("the end took %v", d)
	}
}

func TestGILIsFreeWhileACallWaits(t *testing.T) {
	passes(t, `
import os, signal, threading, time
from headrace import _core
ticks = []
def tick():
    for _ in range(20):
        ticks.append(time.monotonic()); time.sleep(0.005)
    os.kill(os.getpid(), signal.SIGINT)
with _core.Session() as s:
    t = threading.Thread(target=tick); t.start()
    try: s.call("wait")
    except KeyboardInterrupt: pass
    t.join()
assert max(b - a for a, b in zip(ticks, ticks[1:])) < 0.5
`)
}
