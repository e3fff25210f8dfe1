package pyudf

import (
	"runtime"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
)

// edge converts the elements of one column at an end of a chain; typed is nil for OBJECT columns,
// whose elements go as they are.
type edge struct {
	process *process
	typed   *python.Typed
	rows    bool // of a typed edge: its elements are Rows
	shape   python.Shape
	// exact reads columns where the TypeInfo says OBJECT: a table's DECIMAL(5, 2), say, is BIG_DEC.
	exact *python.Typed
}

// newEdge makes the edge of a TypeInfo; nil means untyped. The GIL is held.
func (p *process) newEdge(ti *planpb.TypeInfo) (*edge, error) {
	t := plan.ValueType(ti)
	if t.Kind == types.Object {
		return &edge{process: p, shape: shapeOf(ti)}, nil
	}
	typed, err := python.NewTyped(t, shapeOf(ti))
	if err != nil {
		return nil, err
	}
	p.converters = append(p.converters, typed)
	rows := t.Kind == types.Row && ti.GetKind() != "TUPLE"
	return &edge{process: p, typed: typed, rows: rows}, nil
}

// fit lets an edge without a TypeInfo give columns of a type that has none: those of a table.
func (e *edge) fit(t types.Type) (err error) {
	if t.Kind == types.Object {
		return nil
	}
	if e.typed, err = python.NewTyped(t, e.shape); err == nil {
		e.process.converters = append(e.process.converters, e.typed)
		e.rows = t.Kind == types.Row
	}
	return err
}

func shapeOf(ti *planpb.TypeInfo) python.Shape {
	kids := ti.GetChildren()
	s := python.Shape{Tuple: ti.GetKind() == "TUPLE", Bytes: ti.GetKind() == "PRIMITIVE_ARRAY" &&
		len(kids) == 1 && kids[0].GetKind() == "BYTE"}
	for _, c := range kids {
		s.Kids = append(s.Kids, shapeOf(c))
	}
	return s
}

// source reads the rows of col, which with the kinds is borrowed until the feed is done. Rows whose
// kinds are not all INSERT may come as objects on a typed edge too.
func (e *edge) source(col *batch.Column, kinds []types.RowKind, pin *runtime.Pinner) (
	*python.Source, error) {
	if col.Type.Kind == types.Object {
		return python.Objects(col, pin), nil
	}
	if e.typed != nil {
		return e.typed.Source(col, kinds, pin)
	}
	if e.exact == nil {
		exact, err := python.NewTyped(col.Type, e.shape)
		if err != nil {
			return nil, err
		}
		e.exact, e.process.converters = exact, append(e.process.converters, exact)
	}
	return e.exact.Source(col, kinds, pin)
}

// edges makes the edges of the chain. The GIL is held.
func (p *process) edges() (err error) {
	make1 := func(ti *planpb.TypeInfo) *edge {
		if err != nil {
			return nil
		}
		var e *edge
		e, err = p.newEdge(ti)
		return e
	}
	for _, ti := range p.spec.Inputs {
		p.in = append(p.in, make1(ti))
	}
	for _, ti := range p.spec.Keys {
		p.keys = append(p.keys, make1(ti))
	}
	for i, ti := range p.spec.Outputs {
		e := make1(ti)
		if err == nil && e.typed == nil {
			err = e.fit(p.spec.Schemas[i].Fields[0].Type)
		}
		if err == nil && e.typed != nil {
			p.loop.Typed(i, e.typed, e.rows)
		}
	}
	if key := make1(p.spec.Stages[len(p.spec.Stages)-1].KeyType); err == nil && key.typed != nil {
		p.loop.TypedKeys(key.typed)
	}
	return err
}
