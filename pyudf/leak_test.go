package pyudf

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// residentKiB is the memory that the process holds.
func residentKiB(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNothingLeaks sends every type in and out many times, also with a function that raises.
func TestNothingLeaks(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	h := host(t)
	refs, pins := python.OpenRefs(), arrowbridge.Exported()
	imported := arrowbridge.Imported()
	for _, style := range []string{"general", "arrow"} {
		run := func(times int) {
			for _, s := range samples() {
				good := newScalar(t, h, style, "f = lambda v: v", s.col.Type)
				bad := newScalar(t, h, style, "def f(v): raise ValueError(v)", s.col.Type)
				for range times {
					out, err := good.Eval([]*batch.Column{s.col}, s.col.Len())
					if err != nil {
						t.Fatal(err)
					}
					out[0].Release()
				}
				for range times / 20 {
					if _, err := bad.Eval([]*batch.Column{s.col}, s.col.Len()); err == nil {
						t.Fatal("no error")
					}
				}
				for _, x := range []udf.Scalar{good, bad} {
					if err := x.Close(); err != nil {
						t.Fatal(err)
					}
				}
			}
			runtime.GC()
		}
		run(400)
		before := residentKiB(t)
		run(2000)
		if grown := residentKiB(t) - before; grown > 6<<10 {
			t.Errorf("%s: grown by %d KiB", style, grown)
		}
	}
	// Errors are Go values that hold exceptions, whose frames hold arrays: all of it is given back
	// by the finalizers of one collector after the other.
	var left string
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); runtime.Gosched() {
		runtime.GC()
		collectGarbage(t)
		exported, held := arrowbridge.Exported()-pins, arrowbridge.Imported()-imported
		more := python.OpenRefs() - refs
		if exported == 0 && held == 0 && more <= 4 {
			return
		}
		left = fmt.Sprintf("%d exported arrays are still pinned, %d imported ones held, "+
			"%d references more than before", exported, held, more)
	}
	t.Error(left)
}

// collectGarbage runs Python's garbage collector.
func collectGarbage(t *testing.T) {
	t.Helper()
	if err := python.Do(func() error {
		gc, err := python.ImportAttr("gc", "collect")
		if err != nil {
			return err
		}
		defer gc.Drop()
		n, err := gc.Call()
		n.Drop()
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func newScalar(t *testing.T, h *Host, style, source string, ty types.Type) udf.Scalar {
	t.Helper()
	s, err := h.Scalar(oneCall([]types.Type{ty}, call(code(t, "f", style, source), 1, ty)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
