package pyudf

import (
	"unsafe"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

const vectorModule = "headrace._runtime.vector"

// vectorScalar evaluates a graph of vector functions, one Python call a batch. Input columns go as
// one record batch over the engine's buffers, with a schema that is exported once; results come
// back as arrays of exactly the declared types.
type vectorScalar struct {
	h         *Host
	spec      *udf.ScalarSpec
	schema    *types.Schema
	results   []types.Type
	functions []*function
	vectors   *python.Ref // headrace._runtime.vector.Vectors
	eval      *python.Ref
	in        unsafe.Pointer   // ArrowArray
	out       []unsafe.Pointer // ArrowArrays
	outs      *python.Ref      // their addresses, a tuple of ints
}

func (h *Host) vectorScalar(spec *udf.ScalarSpec) (udf.Scalar, error) {
	fs, zone, err := loadCalls(&spec.Context, spec.Calls)
	if err != nil {
		return nil, err
	}
	defer zone.Release()
	s := &vectorScalar{h: h, spec: spec, functions: fs, schema: inputSchema(spec.Inputs),
		results: outputTypes(spec), in: arrowbridge.NewArray()}
	addresses := make([]python.Object, len(s.results))
	for i := range s.results {
		s.out = append(s.out, arrowbridge.NewArray())
		addresses[i] = address(s.out[i])
	}
	s.outs = python.NewRef(python.Tuple(addresses...))
	if err := s.build(zone); err != nil {
		s.free()
		return nil, joined(err, closeAll(fs))
	}
	return s, nil
}

func (s *vectorScalar) build(zone *python.Ref) error {
	schema := arrowbridge.NewSchema()
	defer arrowbridge.DropSchema(schema)
	arrowbridge.ExportSchema(s.schema, schema)
	results := make([]python.Object, len(s.results))
	for i, t := range s.results {
		p := arrowbridge.NewSchema()
		defer arrowbridge.DropSchema(p)
		arrowbridge.ExportType("", t, p)
		results[i] = address(p)
	}
	consts, err := constObjects(s.spec.Consts, zone)
	if err != nil {
		return err
	}
	calls := make([]python.Object, len(s.spec.Calls))
	for i := range calls {
		if calls[i], err = callSpec(&s.spec.Calls[i], s.functions[i]); err != nil {
			return err
		}
	}
	outputs := make([]python.Object, len(s.spec.Outputs))
	for i, c := range s.spec.Outputs {
		outputs[i] = python.Long(int64(c))
	}
	class, err := python.ImportAttr(vectorModule, "Vectors")
	if err != nil {
		return err
	}
	defer class.Drop()
	v, err := class.Call(address(schema), python.Tuple(results...), consts,
		python.Tuple(calls...), python.Tuple(outputs...), zone.Object().Keep())
	if err != nil {
		return err
	}
	s.vectors = python.NewRef(v)
	eval, err := v.Attr("eval")
	if err != nil {
		return err
	}
	s.eval = python.NewRef(eval)
	return nil
}

// inputSchema names the columns, as functions never see their names.
func inputSchema(ts []types.Type) *types.Schema {
	fields := make([]types.Field, len(ts))
	for i, t := range ts {
		fields[i] = types.F("", t)
	}
	return types.NewSchema(fields...)
}

func address(p unsafe.Pointer) python.Object { return python.Long(int64(uintptr(p))) }

// constObjects makes a tuple of the values of columns of one row.
func constObjects(cols []*batch.Column, zone *python.Ref) (python.Object, error) {
	values := make([]python.Object, len(cols))
	for i, c := range cols {
		v, err := python.Value(c, 0, zoneObject(zone))
		if err != nil {
			return python.Nil, err
		}
		values[i] = v
	}
	return python.Tuple(values...), nil
}

// callSpec makes a headrace._runtime.vector.CallSpec.
func callSpec(c *udf.Call, f *function) (python.Object, error) {
	class, err := python.ImportAttr(vectorModule, "CallSpec")
	if err != nil {
		return python.Nil, err
	}
	defer class.Drop()
	args := make([]python.Object, len(c.Args))
	for i, a := range c.Args {
		args[i] = python.Tuple(python.Long(int64(a.From)), python.Long(int64(a.Index)))
	}
	names := python.None()
	if c.Function.GetTakesRow() {
		names.Drop()
		list := make([]python.Object, len(c.Names))
		for i, n := range c.Names {
			list[i] = python.Str(n)
		}
		names = python.Tuple(list...)
	}
	return class.Call(f.loaded.Object().Keep(), python.Str(nameOf(c.Function)),
		python.Str(c.Function.GetStyle()), python.Tuple(args...), names)
}

func (s *vectorScalar) Eval(in []*batch.Column, n int) ([]*batch.Column, error) {
	if n == 0 {
		return emptyColumns(s.results), nil
	}
	arrowbridge.ExportBatch(batch.New(s.schema, in, n), s.in)
	err := s.h.do(func() error {
		none, err := s.eval.Object().Call(address(s.in), python.Long(int64(n)),
			s.outs.Object().Keep())
		none.Drop()
		reportAll(s.functions)
		if err != nil {
			return explain(&s.spec.Calls[s.failedCall()], err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return importAll(s.out, s.results)
}

// failedCall is the call that the exception came from.
func (s *vectorScalar) failedCall() int {
	o, err := s.vectors.Object().Attr("failed")
	if err != nil {
		return 0
	}
	defer o.Drop()
	k, err := o.Int64()
	if err != nil {
		return 0
	}
	return int(k)
}

// importAll takes arrays as columns, all or none.
func importAll(arrays []unsafe.Pointer, ts []types.Type) ([]*batch.Column, error) {
	cols := make([]*batch.Column, len(arrays))
	for i, p := range arrays {
		c, err := arrowbridge.ImportAs(p, ts[i].Arrow(), ts[i])
		if err != nil {
			for _, done := range cols[:i] {
				done.Release()
			}
			return nil, err
		}
		cols[i] = c
	}
	return cols, nil
}

func emptyColumns(ts []types.Type) []*batch.Column {
	cols := make([]*batch.Column, len(ts))
	for i, t := range ts {
		cols[i] = batch.NewBuilder(t, 0).Finish()
	}
	return cols
}

func (s *vectorScalar) Close() error {
	return s.h.do(func() error {
		if s.in == nil {
			return nil
		}
		s.free()
		return closeAll(s.functions)
	})
}

func (s *vectorScalar) free() {
	arrowbridge.DropArray(s.in)
	s.in = nil
	for _, p := range s.out {
		arrowbridge.DropArray(p)
	}
	for _, r := range []*python.Ref{s.vectors, s.eval, s.outs} {
		r.Release()
	}
}
