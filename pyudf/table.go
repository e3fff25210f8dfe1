package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// table calls a table function; between calls of Next it may hold a live generator.
type table struct {
	h        *Host
	call     *udf.Call
	function *function
	program  *python.Program
	cursor   *python.Cursor
}

// Table makes a Table.
func (h *Host) Table(spec *udf.TableSpec) (udf.Table, error) {
	t := &table{h: h, call: &spec.Call}
	err := h.do(func() error {
		f, p, err := program(&spec.Context, spec.Inputs, spec.Consts, &spec.Call, "eval")
		if err != nil {
			return err
		}
		t.function, t.program, t.cursor = f, p, python.NewCursor(p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// program loads the function of a single call and compiles it; entry is the method that the call
// is made of.
func program(ctx *udf.Context, inputs []types.Type, consts []*batch.Column, c *udf.Call,
	entry string) (*function, *python.Program, error) {
	fs, zone, err := loadCalls(ctx, []udf.Call{*c})
	if err != nil {
		return nil, nil, err
	}
	defer zone.Release()
	call, err := programCall(c, fs[0], entry)
	if err != nil {
		return nil, nil, joined(err, closeAll(fs))
	}
	defer call.F.Drop()
	p, err := python.NewProgram(python.Spec{Inputs: inputs, Consts: consts,
		Calls: []python.Call{call}, Outputs: c.Results, Zone: zoneObject(zone)})
	if err != nil {
		return nil, nil, joined(err, closeAll(fs))
	}
	return fs[0], p, nil
}

func (t *table) Start(in []*batch.Column, n int) error {
	return t.h.do(func() error {
		t.cursor.Start(in, n)
		return nil
	})
}

func (t *table) Next(limit int, maxBytes int64) (out []*batch.Column, rows []int32, done bool,
	err error) {
	err = t.h.do(func() (err error) {
		out, rows, done, err = t.cursor.Next(limit, maxBytes)
		t.function.report()
		return err
	})
	if err != nil {
		return nil, nil, false, explain(t.call, err)
	}
	return out, rows, done, nil
}

func (t *table) Close() error {
	if t.program == nil {
		return nil
	}
	t.program.Unbind() // also where Python has gone and the rest cannot be done
	return t.h.do(func() error {
		t.cursor.Drop()
		t.program.Free()
		t.program = nil
		return t.function.close()
	})
}
