package join_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/join"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	sideSchema = types.NewSchema(types.F("k", types.Of(types.BigInt)),
		types.F("v", types.Of(types.BigInt)))
	joinedSchema = &types.Schema{Fields: append(append([]types.Field{}, sideSchema.Fields...),
		sideSchema.Fields...)}
)

// regular joins on k where the left v is less than the right one.
func regular(op plan.Join) func() operator.Operator {
	op.LeftKeys, op.RightKeys = []int{0}, []int{0}
	big := types.Of(types.BigInt)
	op.Condition = expr.MustCall("<", expr.NewColumn(1, "v", big), expr.NewColumn(3, "v", big))
	return func() operator.Operator {
		return join.NewRegular(&op, sideSchema, sideSchema, joinedSchema)
	}
}

func TestInnerJoinOfChanges(t *testing.T) {
	ot.Run(t, ot.Script{New: regular(plan.Join{Type: plan.InnerJoin}), Keys: [][]int{{0}, {0}},
		Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 5), ot.R(1, 5), ot.R(1, 9), ot.R(nil, 5))},
			{In: ot.Rows(sideSchema, ot.Mark(2), ot.R(2, 6), ot.Mark(3), ot.R(1, 6), ot.Mark(4),
				ot.R(nil, 6), ot.R(1, 10).As(types.UpdateAfter), ot.Mark(5)).On(1),
				Want: []string{"wm 3", "+I(1, 5, 1, 6)", "+I(1, 5, 1, 6)", "wm 4",
					"+U(1, 5, 1, 10)", "+U(1, 5, 1, 10)", "+U(1, 9, 1, 10)", "wm 5"}},
			{In: ot.Rows(sideSchema, ot.R(1, 5).As(types.Delete), ot.R(1, 1)),
				Want: []string{"-D(1, 5, 1, 6)", "-D(1, 5, 1, 10)", "+I(1, 1, 1, 6)",
					"+I(1, 1, 1, 10)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 6).As(types.Delete)).On(1),
				Want: []string{"-D(1, 1, 1, 6)", "-D(1, 5, 1, 6)"}},
		}})
}

// Rows that are never taken back are kept as they came, equal ones too.
func TestInnerJoinOfAppendedRows(t *testing.T) {
	ot.Run(t, ot.Script{New: regular(plan.Join{Type: plan.InnerJoin, LeftAppends: true}),
		Keys: [][]int{{0}, {0}}, Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 9), ot.R(1, 5), ot.R(1, 5), ot.R(nil, 5), ot.R(2, 1))},
			{In: ot.Rows(sideSchema, ot.R(1, 6), ot.R(1, 10), ot.R(nil, 6)).On(1),
				Want: []string{"+I(1, 5, 1, 6)", "+I(1, 5, 1, 6)", "+I(1, 9, 1, 10)",
					"+I(1, 5, 1, 10)", "+I(1, 5, 1, 10)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 6).As(types.Delete)).On(1),
				Want: []string{"-D(1, 5, 1, 6)", "-D(1, 5, 1, 6)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 8), ot.R(2, 8)),
				Want: []string{"+I(1, 8, 1, 10)"}},
		}})
}

func TestJoinForgetsExpiredRows(t *testing.T) {
	for _, kind := range []plan.JoinKind{plan.InnerJoin, plan.LeftJoin} {
		padded := []string{"+I(1, 1, NULL, NULL)"}
		if kind == plan.InnerJoin {
			padded = nil
		}
		ot.Run(t, ot.Script{New: regular(plan.Join{Type: kind, LeftTTLMs: 200, RightTTLMs: 100}),
			Keys: [][]int{{0}, {0}}, Steps: []ot.Step{
				{In: ot.Rows(sideSchema, ot.R(1, 5)).On(1)},
				{In: ot.Clock(50)},
				{In: ot.Rows(sideSchema, ot.R(1, 7)).On(1)},
				{In: ot.Clock(100)},
				{In: ot.Rows(sideSchema, ot.R(1, 0)), Want: []string{"+I(1, 0, 1, 7)"}},
				{In: ot.Clock(160)},
				{In: ot.Rows(sideSchema, ot.R(1, 1)), Want: padded},
				{In: ot.Clock(310)}, // of the left rows only the younger one is left
				{In: ot.Rows(sideSchema, ot.R(1, 8)).On(1), Want: unpadded(kind)},
			}})
	}
}

func unpadded(kind plan.JoinKind) []string {
	if kind == plan.InnerJoin {
		return []string{"+I(1, 1, 1, 8)"}
	}
	return []string{"-D(1, 1, NULL, NULL)", "+I(1, 1, 1, 8)"}
}
