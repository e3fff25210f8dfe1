package pyudf

import (
	"unsafe"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// groupAggregate implements udf.GroupAggregate: one Python call a batch, which calls the function
// once a group.
type groupAggregate struct {
	h        *Host
	call     *udf.Call
	schema   *types.Schema
	function *function
	program  *python.Program // turns results into columns
	groups   *python.Ref     // headrace._runtime.vector.Groups
	eval     *python.Ref
	in       unsafe.Pointer // ArrowArray
}

// GroupAggregate makes a GroupAggregate.
func (h *Host) GroupAggregate(spec *udf.AggregateSpec) (udf.GroupAggregate, error) {
	if err := checkStyles([]udf.Call{spec.Call}); err != nil {
		return nil, err
	}
	g := &groupAggregate{h: h, call: &spec.Call, schema: inputSchema(spec.Inputs)}
	err := h.do(func() error {
		fs, zone, err := loadCalls(&spec.Context, []udf.Call{spec.Call})
		if err != nil {
			return err
		}
		defer zone.Release()
		g.function = fs[0]
		if err := g.build(spec, zone); err != nil {
			g.free()
			return joined(err, closeAll(fs))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

func (g *groupAggregate) build(spec *udf.AggregateSpec, zone *python.Ref) error {
	g.in = arrowbridge.NewArray()
	schema := arrowbridge.NewSchema()
	defer arrowbridge.DropSchema(schema)
	arrowbridge.ExportSchema(g.schema, schema)
	consts, err := constObjects(spec.Consts, zone)
	if err != nil {
		return err
	}
	call, err := callSpec(g.call, g.function)
	if err != nil {
		return err
	}
	class, err := python.ImportAttr(vectorModule, "Groups")
	if err != nil {
		return err
	}
	defer class.Drop()
	groups, err := class.Call(address(schema), consts, call, zone.Object().Keep())
	if err != nil {
		return err
	}
	g.groups = python.NewRef(groups)
	eval, err := groups.Attr("eval")
	if err != nil {
		return err
	}
	g.eval = python.NewRef(eval)
	g.program, err = python.NewProgram(python.Spec{Outputs: g.call.Results,
		Zone: zoneObject(zone)})
	return err
}

func (g *groupAggregate) Eval(in []*batch.Column, n int, from, to []int32) (out []*batch.Column,
	err error) {
	if len(from) == 0 {
		return emptyColumns(g.call.Results), nil
	}
	arrowbridge.ExportBatch(batch.New(g.schema, in, n), g.in)
	err = g.h.do(func() error {
		list, err := g.eval.Object().Call(address(g.in), python.Ints(from), python.Ints(to))
		if err != nil {
			return err
		}
		defer list.Drop()
		out, err = g.program.Records(list)
		g.function.report()
		return err
	})
	if err != nil {
		return nil, explain(g.call, err)
	}
	return out, nil
}

func (g *groupAggregate) Close() error {
	return g.h.do(func() error {
		if g.in == nil {
			return nil
		}
		g.free()
		return g.function.close()
	})
}

func (g *groupAggregate) free() {
	arrowbridge.DropArray(g.in)
	g.in = nil
	if g.program != nil {
		g.program.Free()
	}
	g.groups.Release()
	g.eval.Release()
}
