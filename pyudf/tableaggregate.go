package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// tableAggregate implements udf.TableAggregate.
type tableAggregate struct {
	*accumulators
	collector *python.Ref // class of what emit_update_with_retract writes to
}

// TableAggregate makes a TableAggregate.
func (h *Host) TableAggregate(spec *udf.AggregateSpec) (udf.TableAggregate, error) {
	a, err := h.accumulators(spec, "emit_value")
	if err != nil {
		return nil, err
	}
	t := &tableAggregate{accumulators: a}
	err = h.do(func() error {
		class, err := python.ImportAttr(runtimeModule, "Collector")
		t.collector = python.NewRef(class)
		return err
	})
	if err != nil {
		return nil, joined(err, a.Close())
	}
	return t, nil
}

func (t *tableAggregate) CanUpdate() bool { return t.canUpdate }

func (t *tableAggregate) Emit(slots []int32) (out []*batch.Column, rows []int32, err error) {
	err = t.do(func() (err error) {
		out, rows, err = t.accs.Rows(slots)
		return err
	})
	return out, rows, err
}

func (t *tableAggregate) EmitUpdate(slots []int32) (out []*batch.Column, rows []int32,
	kinds []types.RowKind, err error) {
	if !t.canUpdate {
		return nil, nil, nil, explainMissing(t.call, "emit_update_with_retract",
			"its result is asked for as changes")
	}
	err = t.do(func() (err error) {
		out, rows, kinds, err = t.accs.Changes(t.collector.Object(), slots)
		return err
	})
	return out, rows, kinds, err
}

func (t *tableAggregate) Close() error {
	t.collector.Release()
	return t.accumulators.Close()
}
