package rank_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/rank"
)

func TestExpiredPartitionsBeginAnew(t *testing.T) {
	in := types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.Int)))
	op := &plan.Rank{Function: "row_number", Partition: []int{0},
		Order: []plan.SortKey{{Column: 1, Desc: true}}, From: 1, To: 2, StateTTLMs: 100}
	ot.Run(t, ot.Script{Keys: [][]int{{0}},
		New: func() operator.Operator { return rank.New(op, in, in) },
		Steps: []ot.Step{
			{In: ot.Rows(in, ot.R(1, 5), ot.R(1, 7), ot.R(2, 3)),
				Want: []string{"+I(1, 5)", "+I(1, 7)", "+I(2, 3)"}},
			{In: ot.Clock(60)},
			{In: ot.Rows(in, ot.R(1, 6)), Want: []string{"-D(1, 5)", "+I(1, 6)"}},
			{In: ot.Clock(120)},
			{In: ot.Rows(in, ot.R(1, 8), ot.R(2, 2), ot.R(2, 1), ot.R(2, 0)),
				Want: []string{"-D(1, 6)", "+I(1, 8)", "+I(2, 2)", "+I(2, 1)"}},
		}})
}

func TestWithoutAnOrderTheFirstComersAreKept(t *testing.T) {
	in := types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.Int)))
	op := &plan.Rank{Function: "row_number", From: 1, To: 2, Retracting: true, UpdateBefore: true}
	ot.Run(t, ot.Script{Keys: [][]int{{}},
		New: func() operator.Operator { return rank.New(op, in, in) },
		Steps: []ot.Step{
			{In: ot.Rows(in, ot.R(1, 5), ot.R(2, 7), ot.R(3, 3)),
				Want: []string{"+I(1, 5)", "+I(2, 7)"}},
			{In: ot.Rows(in, ot.R(1, 5).As(types.Delete)), Want: []string{"-D(1, 5)", "+I(3, 3)"}},
			{In: ot.Rows(in, ot.R(4, 1))},
		}})
}
