package sinkguard_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/sinkguard"
)

var written = types.NewSchema(types.F("k", types.Of(types.BigInt)),
	types.F("v", types.Of(types.BigInt)))

func materialize(ttlMs int64) func() operator.Operator {
	return func() operator.Operator {
		return sinkguard.NewMaterialize(&plan.SinkMaterialize{Keys: []int{0}, StateTTLMs: ttlMs},
			written)
	}
}

func TestMaterializeGivesTheNewestRow(t *testing.T) {
	ot.Run(t, ot.Script{New: materialize(0), Keys: [][]int{{0}}, Steps: []ot.Step{
		{In: ot.Rows(written, ot.R(1, 5), ot.R(1, 6).As(types.UpdateAfter), ot.R(2, 7)),
			Want: []string{"+I(1, 5)", "+U(1, 6)", "+I(2, 7)"}},
		// the old row is taken back late: the newer one stays
		{In: ot.Rows(written, ot.R(1, 5).As(types.UpdateBefore))},
		{In: ot.Rows(written, ot.R(1, 4), ot.R(1, 4).As(types.Delete)),
			Want: []string{"+U(1, 4)", "+U(1, 6)"}},
		{In: ot.Rows(written, ot.R(1, 6).As(types.Delete)), Want: []string{"-D(1, 6)"}},
	}})
}

func TestMaterializeForgetsExpiredRows(t *testing.T) {
	ot.Run(t, ot.Script{New: materialize(100), Keys: [][]int{{0}}, Steps: []ot.Step{
		{In: ot.Rows(written, ot.R(1, 5)), Want: []string{"+I(1, 5)"}},
		{In: ot.Clock(150)},
		{In: ot.Rows(written, ot.R(1, 6)), Want: []string{"+I(1, 6)"}},
	}})
}
