package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

const workerEnv = "HEADRACE_TEST_WORKER"

// The workers of the tests are this program, serving functions that are written in Go.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) == "" {
		os.Exit(m.Run())
	}
	var s *Server
	s, err := Connect(Runtime{
		Setup:       func([]byte) error { return nil },
		Host:        func() (ProcessHost, error) { return &fakeHost{s: s}, nil },
		Flush:       func() {},
		EncodeError: func(err error) []byte { return []byte(err.Error()) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
	go func() {
		s.Listen(func() {})
		os.Exit(3)
	}()
	if s.Serve() != nil {
		os.Exit(3)
	}
}

// fakeHost makes processes that give out what they are fed.
type fakeHost struct {
	ProcessHost
	s *Server
}

func (h *fakeHost) Objects() udf.Objects { return objects{} }

func (h *fakeHost) NewProcess(spec *udf.ProcessSpec) (udf.Process, error) {
	return &fakeProcess{h: h, spec: spec}, nil
}

type fakeProcess struct {
	udf.Process
	h       *fakeHost
	spec    *udf.ProcessSpec
	rows    udf.Rows
	waiting *batch.Batch
}

func (p *fakeProcess) Lists() []udf.NamedList {
	return []udf.NamedList{{Name: p.spec.TaskName, Mode: "split"}}
}

func (p *fakeProcess) Open(restored map[string][][]byte) error {
	if restored == nil {
		return nil
	}
	return fmt.Errorf("restored %s", restored["a"])
}

func (p *fakeProcess) States() []udf.NamedState { return nil }

func (p *fakeProcess) Polls() bool { return true }

func (p *fakeProcess) FeedRows(r udf.Rows) error {
	p.rows = r
	p.rows.Slots = append([]int32(nil), r.Slots...)
	return nil
}

func (p *fakeProcess) FeedKeys([]int32, [][]byte) error { return nil }

func (p *fakeProcess) Run(c udf.ProcessClock, maxRows int, _ int64) (udf.Stop, error) {
	switch c.NowMs {
	case 1: // a function that does not come back
		_ = p.h.s.Print(false, []byte("blocked\n"))
		select {}
	case 2:
		_ = p.h.s.Print(false, []byte("one\n"))
		_ = p.h.s.Print(true, []byte("two\n"))
		_ = p.h.s.Log([]byte("three"))
		answer, err := p.h.s.Ask("name")
		return 0, errors.Join(err, fmt.Errorf("asked: %s", answer))
	case 3: // before the rows are read
		return udf.StopTimers, nil
	}
	r := p.rows
	r.Value.Retain()
	p.waiting = batch.New(p.spec.Schemas[0], []*batch.Column{r.Value}, r.Value.Len())
	p.waiting.Times, p.waiting.Marks = append([]int64(nil), r.Times...), r.Marks
	p.waiting.Kinds = r.Kinds
	return udf.StopDone, nil
}

func (p *fakeProcess) Position() (int, int64) { return 5, 7 }

func (p *fakeProcess) Effects() udf.Effects {
	return udf.Effects{Dirty: p.rows.Slots, Timers: []udf.TimerOp{{Time: 3, Slot: 2, Domain: 1,
		Delete: true}}}
}

func (p *fakeProcess) Take(int) (*batch.Batch, error) {
	b := p.waiting
	p.waiting = nil
	return b, nil
}

func (p *fakeProcess) Close() error { return nil }

// spawn starts a worker; said collects what it prints and logs.
func spawn(t testing.TB, said *bytes.Buffer) *Host {
	t.Helper()
	h, err := Spawn(Command{Argv: []string{os.Args[0]},
		Env: append(os.Environ(), workerEnv+"=1")}, Options{
		Task: "map", DecodeError: func(b []byte) error { return errors.New(string(b)) },
		Print: func(stderr bool, text []byte) { fmt.Fprintf(said, "%v %s", stderr, text) },
		Log:   func(record []byte) { said.Write(record) },
		Ask:   func(name string) []byte { return []byte("it is " + name) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.kill()
		<-h.exited
	})
	return h
}

func newProcess(t testing.TB, h *Host, k types.Type) udf.Process {
	t.Helper()
	p, err := h.NewProcess(&udf.ProcessSpec{TaskName: "a task", Stages: []udf.Stage{{Kind: "map"}},
		Schemas: []*types.Schema{types.NewSchema(types.F("value", k))}})
	if err != nil {
		t.Fatal(err)
	}
	if l := p.Lists(); len(l) != 1 || l[0].Name != "a task" || l[0].Mode != "split" {
		t.Fatalf("lists %v", l)
	}
	if err := p.Open(nil); err != nil || !p.Polls() {
		t.Fatalf("open: %v, polls %v", err, p.Polls())
	}
	return p
}

func TestRowsThereAndBack(t *testing.T) {
	h := spawn(t, &bytes.Buffer{})
	p := newProcess(t, h, types.Of(types.Object))
	for _, size := range []int{1, 1000, arenaBytes + 5, 0} { // the third outgrows the memory
		text := strings.Repeat("x", size)
		in := batch.MakeEncoded([]byte(text+"yz"), []int32{int32(size), int32(size + 2)})
		rows := udf.Rows{Value: in, Slots: []int32{4, 9}, Times: []int64{batch.NoTime, 8},
			Marks: []batch.Mark{{Row: 1, Time: 6}}}
		if err := p.FeedRows(rows); err != nil {
			t.Fatal(err)
		}
		stop, err := p.Run(udf.ProcessClock{}, 10, 10)
		if err != nil || stop != udf.StopDone {
			t.Fatal(stop, err)
		}
		e := p.Effects()
		if fmt.Sprint(e.Dirty, e.Timers) != "[4 9] [{3 2 1 true}]" {
			t.Errorf("effects %v", e)
		}
		if row, w := p.Position(); row != 5 || w != 7 {
			t.Errorf("position %d, %d", row, w)
		}
		b, err := p.Take(0)
		if err != nil || b == nil {
			t.Fatal(b, err)
		}
		handles := batch.Values[uint64](b.Cols[0])
		first, _ := batch.Encoded(handles[0])
		second, _ := batch.Encoded(handles[1])
		if string(first) != text || string(second) != "yz" ||
			fmt.Sprint(b.Times, b.Marks) != "[-9223372036854775808 8] [{1 6}]" {
			t.Errorf("%d bytes, %q, times %v, marks %v", len(first), second, b.Times, b.Marks)
		}
		if b, err := p.Take(0); b != nil || err != nil {
			t.Errorf("more: %v, %v", b, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	<-h.exited
	if h.state != "exit code 0" {
		t.Errorf("the worker ended: %s", h.state)
	}
}

// A process may read the rows that it was fed while the next messages come.
func TestFedRowsStay(t *testing.T) {
	h := spawn(t, &bytes.Buffer{})
	p := newProcess(t, h, types.Of(types.BigInt))
	values, kinds := make([]int64, 500), make([]types.RowKind, 500)
	for i := range values {
		values[i], kinds[i] = int64(i), types.RowKind(i%4)
	}
	in := batch.MakeFixed(types.Of(types.BigInt), values, nil)
	if err := p.FeedRows(udf.Rows{Value: in, Kinds: kinds}); err != nil {
		t.Fatal(err)
	}
	if stop, err := p.Run(udf.ProcessClock{NowMs: 3}, 10, 10); stop != udf.StopTimers || err != nil {
		t.Fatal(stop, err)
	}
	slots, keys := make([]int32, 1000), make([][]byte, 1000)
	for i := range keys {
		keys[i] = []byte("overwritten")
	}
	if err := p.FeedKeys(slots, keys); err != nil {
		t.Fatal(err)
	}
	if stop, err := p.Run(udf.ProcessClock{}, 10, 10); stop != udf.StopDone || err != nil {
		t.Fatal(stop, err)
	}
	b, err := p.Take(0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(batch.Values[int64](b.Cols[0]), values) || !slices.Equal(b.Kinds, kinds) {
		t.Errorf("got %v of kinds %v", batch.Values[int64](b.Cols[0])[:20], b.Kinds[:20])
	}
}

// What user code says is there when its call is over, whatever became of it.
func TestSaidBeforeTheAnswer(t *testing.T) {
	var said bytes.Buffer
	p := newProcess(t, spawn(t, &said), types.Of(types.Object))
	_, err := p.Run(udf.ProcessClock{NowMs: 2}, 1, 1)
	if err == nil || err.Error() != "asked: it is name" {
		t.Errorf("error %v", err)
	}
	if said.String() != "false one\ntrue two\nthree" {
		t.Errorf("said %q", said.String())
	}
	if err := p.Open(map[string][][]byte{"a": {[]byte("s"), nil}}); err == nil ||
		err.Error() != "restored [s ]" {
		t.Errorf("error %v", err)
	}
}

func TestKilledWorkerFailsItsCalls(t *testing.T) {
	h := spawn(t, &bytes.Buffer{})
	p := newProcess(t, h, types.Of(types.Object))
	if err := syscall.Kill(h.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := p.Run(udf.ProcessClock{}, 1, 1)
		if err == nil || errs.MarkOf(err) != errs.Transient ||
			!strings.Contains(err.Error(), "task 'map' ended: killed by signal 9 (killed)") {
			t.Errorf("error %v", err)
		}
	}
	if err := errors.Join(p.Close(), h.Close()); err != nil {
		t.Error(err)
	}
}

func TestInterruptEndsACallThatBlocks(t *testing.T) {
	blocked := make(chan struct{})
	h := spawn(t, &bytes.Buffer{})
	h.opts.Print = func(bool, []byte) { close(blocked) }
	p := newProcess(t, h, types.Of(types.Object))
	go func() {
		<-blocked
		h.Interrupt()
	}()
	if _, err := p.Run(udf.ProcessClock{NowMs: 1}, 1, 1); errs.MarkOf(err) != errs.Cancelled {
		t.Errorf("error %v", err)
	}
}

// A worker whose job has gone ends, whatever it is doing.
func TestOrphanEnds(t *testing.T) {
	blocked := make(chan struct{})
	h := spawn(t, &bytes.Buffer{})
	h.opts.Print = func(bool, []byte) { close(blocked) }
	p := newProcess(t, h, types.Of(types.Object))
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run(udf.ProcessClock{NowMs: 1}, 1, 1)
		ended <- err
	}()
	<-blocked
	if err := h.control.file.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-h.exited:
	case <-time.After(30 * time.Second):
		t.Fatal("the worker lives on")
	}
	if err := <-ended; err == nil || !strings.Contains(h.state, "exit status 3") {
		t.Errorf("error %v, ended %s", err, h.state)
	}
}
