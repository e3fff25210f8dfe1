package python_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/cgo/python/pythontest"
)

func TestMain(m *testing.M) { pythontest.Main(m) }

// do runs f with the GIL and fails the test on an error.
func do(t *testing.T, f func() error) {
	t.Helper()
	if err := python.Do(f); err != nil {
		t.Fatal(err)
	}
}

// eval evaluates a Python expression.
func eval(expr string) (python.Object, error) {
	f, err := python.ImportAttr("builtins", "eval")
	if err != nil {
		return python.Nil, err
	}
	defer f.Drop()
	return f.Call(python.Str(expr), python.Dict())
}

func TestCallsAndConversions(t *testing.T) {
	do(t, func() error {
		o, err := eval("lambda a, b: f'{a}:{b}'")
		if err != nil {
			return err
		}
		defer o.Drop()
		s, err := o.Call(python.Long(-7), python.Float(2.5))
		if err != nil {
			return err
		}
		defer s.Drop()
		if text, err := s.Text(); err != nil || text != "-7:2.5" {
			t.Errorf("got %q, %v", text, err)
		}
		d, err := eval("{'a': (1, b'xy'), 'b': None}")
		if err != nil {
			return err
		}
		defer d.Drop()
		if v, err := d.DictGet("a").TupleItem(1).View(); err != nil || string(v) != "xy" {
			t.Errorf("got %q, %v", v, err)
		}
		if !d.DictGet("b").IsNone() || !d.DictGet("c").IsNil() {
			t.Error("b is not None or c is there")
		}
		return nil
	})
}

func TestExceptionKeepsItself(t *testing.T) {
	err := python.Do(func() error {
		_, err := eval("(lambda: {}['missing key'])()")
		return err
	})
	var e *python.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if e.Type != "KeyError" || e.Message != "'missing key'" {
		t.Errorf("got %s: %s", e.Type, e.Message)
	}
	if !strings.Contains(e.Traceback, "Traceback (most recent call last)") ||
		!strings.Contains(e.Traceback, "<lambda>") {
		t.Errorf("traceback: %s", e.Traceback)
	}
	do(t, func() error {
		before := e.Exception()
		python.Raise(err)
		again := python.Fetch()
		var same *python.Error
		if !errors.As(again, &same) || same.Exception() != before {
			t.Error("another object came back")
		}
		tb, err := same.Exception().Attr("__traceback__")
		if err != nil {
			return err
		}
		defer tb.Drop()
		if tb.IsNone() {
			t.Error("the traceback was lost")
		}
		return nil
	})
	e.At("map(f)", "42")
	if got := e.Error(); got != "KeyError: 'missing key' (in map(f), at row 42)" {
		t.Errorf("got %s", got)
	}
}

func TestPickle(t *testing.T) {
	do(t, func() error {
		o, err := eval("lambda x: x + 1")
		if err != nil {
			return err
		}
		defer o.Drop()
		data, err := python.Dumps(o)
		if err != nil {
			return err
		}
		f, err := python.Loads(data)
		if err != nil {
			return err
		}
		defer f.Drop()
		r, err := f.Call(python.Long(41))
		if err != nil {
			return err
		}
		defer r.Drop()
		if v, err := r.Int64(); v != 42 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
		return nil
	})
}

func TestThreadsKeepTheirState(t *testing.T) {
	var local *python.Ref
	do(t, func() error {
		o, err := eval("__import__('threading').local()")
		local = python.NewRef(o)
		return err
	})
	defer local.Release()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			th, err := python.OpenThread()
			if err != nil {
				t.Error(err)
				return
			}
			defer th.Close()
			for i := range 100 {
				err := th.Do(func() error {
					if i > 0 {
						o, err := local.Object().Attr("mine")
						if err != nil {
							return err
						}
						defer o.Drop()
						if v, _ := o.Int64(); v != int64(g) {
							t.Errorf("thread %d sees %d", g, v)
						}
					}
					v := python.Long(int64(g))
					defer v.Drop()
					return local.Object().SetAttr("mine", v)
				})
				if err != nil {
					t.Error(err)
					return
				}
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
}

func TestReleaseLaterDropsAtNextHold(t *testing.T) {
	var dead *python.Ref
	do(t, func() error {
		o, err := eval("[]")
		dead = python.NewRef(o)
		return err
	})
	var fin python.Object
	do(t, func() error {
		o, err := eval("type('Probe', (), {})()")
		if err != nil {
			return err
		}
		weak, err := python.ImportAttr("weakref", "ref")
		if err != nil {
			return err
		}
		defer weak.Drop()
		if fin, err = weak.Call(o.Keep()); err != nil {
			return err
		}
		dead.Release()
		dead = python.NewRef(o)
		return nil
	})
	dead.Release()
	dead.Release() // the second time does nothing
	do(t, func() error {
		defer fin.Drop()
		alive, err := fin.Call()
		if err != nil {
			return err
		}
		defer alive.Drop()
		if !alive.IsNone() {
			t.Error("the object lives on")
		}
		return nil
	})
	if n := python.PendingReleases(); n != 0 {
		t.Errorf("%d releases pending", n)
	}
}

func TestForgottenRefIsCollected(t *testing.T) {
	before := python.ForgottenRefs()
	do(t, func() error {
		o, err := eval("object()")
		python.NewRef(o)
		return err
	})
	deadline := time.Now().Add(10 * time.Second)
	for python.ForgottenRefs() == before && time.Now().Before(deadline) {
		runtime.GC()
		runtime.Gosched()
	}
	if python.ForgottenRefs() != before+1 {
		t.Error("the collector did not give the reference back")
	}
}

func TestInterruptReachesARunningThread(t *testing.T) {
	opened := make(chan *python.Thread, 1)
	result := make(chan error, 1)
	go func() {
		th, err := python.OpenThread()
		if err != nil {
			result <- err
			return
		}
		defer th.Close()
		opened <- th
		result <- th.Do(func() error {
			_, err := eval("[0 for _ in iter(int, 1)]")
			return err
		})
	}()
	th := <-opened
	deadline := time.After(10 * time.Second)
	for {
		if err := th.Interrupt(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-result:
			var e *python.Error
			if !errors.As(err, &e) || e.Type != "SystemExit" {
				t.Fatalf("got %v", err)
			}
			return
		case <-deadline:
			t.Fatal("the thread still runs")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestHolding(t *testing.T) {
	if python.Holding() {
		t.Error("holds the GIL outside Do")
	}
	do(t, func() error {
		if !python.Holding() {
			t.Error("does not hold the GIL in Do")
		}
		return python.Do(func() error { return nil })
	})
}

func BenchmarkDo(b *testing.B) {
	for range b.N {
		if err := python.Do(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThreadDo(b *testing.B) {
	th, err := python.OpenThread()
	if err != nil {
		b.Fatal(err)
	}
	defer th.Close()
	b.ResetTimer()
	for range b.N {
		if err := th.Do(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOutputGoesWherePythonPrints(t *testing.T) {
	var buf *python.Ref
	do(t, func() error {
		o, err := eval("__import__('io').StringIO()")
		if err != nil {
			return err
		}
		buf = python.NewRef(o)
		return setStdout(o)
	})
	defer buf.Release()
	if n, err := python.Stdout.Write([]byte("häh\n")); n != 5 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	do(t, func() error {
		text, err := buf.Object().CallMethod("getvalue")
		if err != nil {
			return err
		}
		defer text.Drop()
		if text.String() != "häh\n" {
			t.Errorf("got %q", text.String())
		}
		real, err := eval("__import__('sys').__stdout__")
		if err != nil {
			return err
		}
		defer real.Drop()
		return setStdout(real)
	})
}

func setStdout(o python.Object) error {
	sys, err := python.Import("sys")
	if err != nil {
		return err
	}
	defer sys.Drop()
	return sys.SetAttr("stdout", o)
}
