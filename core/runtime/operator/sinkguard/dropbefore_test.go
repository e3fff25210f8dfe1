package sinkguard_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/sinkguard"
)

// A row whose new version a condition has dropped is deleted: the sink would keep it for ever.
func TestDropBeforeOfASink(t *testing.T) {
	drop := func() operator.Operator {
		return sinkguard.NewDropBefore(&plan.DropUpdateBefore{Key: []int{0}})
	}
	before, after := types.UpdateBefore, types.UpdateAfter
	ot.Run(t, ot.Script{New: drop, OneBatch: true, Steps: []ot.Step{
		{In: ot.Rows(written, ot.R(1, 5), ot.R(1, 5).As(before), ot.R(1, 6).As(after)),
			Want: []string{"+I(1, 5)", "+U(1, 6)"}},
		{In: ot.Rows(written, ot.R(1, 6).As(before), ot.R(2, 5).As(after)),
			Want: []string{"-D(1, 6)", "+U(2, 5)"}},
		{In: ot.Rows(written, ot.R(2, 5).As(before)), Want: []string{"-D(2, 5)"}},
		{In: ot.Rows(written, ot.R(3, 5).As(before), ot.R(3, 6).As(before)),
			Want: []string{"-D(3, 5)", "-D(3, 6)"}},
		{In: ot.Rows(written, ot.R(3, 6).As(types.Delete)), Want: []string{"-D(3, 6)"}},
	}})
}

func TestDropBefore(t *testing.T) {
	drop := func() operator.Operator {
		return sinkguard.NewDropBefore(&plan.DropUpdateBefore{})
	}
	ot.Run(t, ot.Script{New: drop, Steps: []ot.Step{
		{In: ot.Rows(written, ot.R(1, 5).As(types.UpdateBefore), ot.R(1, 6).As(types.UpdateAfter),
			ot.R(2, 5).As(types.UpdateBefore)), Want: []string{"+U(1, 6)"}},
	}})
}
