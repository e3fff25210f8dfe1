package over_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

func TestOrderOtherThanTimeUpdatesResults(t *testing.T) {
	op := &plan.Over{Partition: []int{0}, TimeColumn: -1, Updating: true,
		Order: []plan.SortKey{{Column: 1}}, Frame: plan.Frame{UnboundedLower: true},
		Calls: []plan.OverCall{sum(), function("ROW_NUMBER", bigint)}}
	ot.Run(t, ot.Script{New: stream(op, output(ints, bigint)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 5, 1)), Want: []string{"+I(a, 5, 1, 5, 1)"}},
			{In: ot.Rows(input, ot.R("a", 2, 2)), Want: []string{"+I(a, 2, 2, 2, 1)",
				"-U(a, 5, 1, 5, 1)", "+U(a, 5, 1, 7, 2)"}},
			{In: ot.Rows(input, ot.R("a", 9, 3), ot.R("b", 1, 1)),
				Want: []string{"+I(a, 9, 3, 16, 3)", "+I(b, 1, 1, 1, 1)"}},
			{In: ot.Rows(input, ot.R("a", 5, 1).As(types.Delete)),
				Want: []string{"-D(a, 5, 1, 7, 2)", "-U(a, 9, 3, 16, 3)",
					"+U(a, 9, 3, 11, 2)"}},
		}})
}
