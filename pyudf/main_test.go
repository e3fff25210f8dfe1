package pyudf

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/cgo/python/pythontest"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

func TestMain(m *testing.M) {
	os.Setenv("PYTHONPATH", pythonSources()+
		string(filepath.ListSeparator)+os.Getenv("PYTHONPATH"))
	arrowbridge.Defer = python.RunLater
	pythontest.Main(m)
}

// pythonSources is the folder of the Python package; tests run in their package's folder.
func pythonSources() string {
	here, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return filepath.Join(here, "..", "python")
}

// code pickles what a Python program leaves in f.
func code(t testing.TB, name, style, source string) *planpb.Function {
	t.Helper()
	f := &planpb.Function{Name: name, Kind: "scalar", Style: style, Origin: "job.py:7"}
	err := python.Do(func() error {
		builtins, err := python.Import("builtins")
		if err != nil {
			return err
		}
		defer builtins.Drop()
		globals := python.Dict()
		defer globals.Drop()
		mod := python.Str("__main__")
		defer mod.Drop()
		if err := globals.DictSet("__name__", mod); err != nil {
			return err
		}
		none, err := builtins.CallMethod("exec", python.Str(source), globals.Keep())
		if err != nil {
			return err
		}
		none.Drop()
		o := globals.DictGet("f")
		if o.IsNil() {
			return fmt.Errorf("the program leaves no f")
		}
		f.Pickled, err = python.Dumps(o)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return f
}

// host opens a thread for the test.
func host(t testing.TB) *Host {
	t.Helper()
	th, err := python.OpenThread()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(th.Close)
	return NewHost(th)
}

// call is a call of f over the first input columns.
func call(f *planpb.Function, args int, results ...types.Type) udf.Call {
	c := udf.Call{Function: f, Results: results}
	for i := range args {
		c.Args = append(c.Args, udf.Arg{From: udf.Input, Index: i})
	}
	return c
}
