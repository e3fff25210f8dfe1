package single_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/single"
)

func TestOneRowOfEachKey(t *testing.T) {
	schema := types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.Int)))
	ot.Run(t, ot.Script{New: func() operator.Operator { return single.NewKeyed([]int{0}) },
		Keys: [][]int{{0}}, AnyOrder: true, Steps: []ot.Step{
			{In: ot.Rows(schema, ot.R("a", 1), ot.R("b", 2)), Want: []string{"+I(a, 1)", "+I(b, 2)"}},
			{In: ot.Rows(schema, ot.R("a", 1).As(types.UpdateBefore),
				ot.R("a", 3).As(types.UpdateAfter)),
				Want: []string{"-U(a, 1)", "+U(a, 3)"}},
			{In: ot.Rows(schema, ot.R("a", 3).As(types.Delete), ot.R("a", 4)),
				Want: []string{"-D(a, 3)", "+I(a, 4)"}},
			{In: ot.Rows(schema, ot.R("b", 5)), Err: "more than one row"},
		}})
}
