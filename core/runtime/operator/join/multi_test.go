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

// multi joins three inputs on k: the second is compared with the first, the third with what with
// says, and asked for more than the first one's v.
func multi(second, third plan.JoinKind, with []int, ttlMs ...int64) func() operator.Operator {
	big := types.Of(types.BigInt)
	op := plan.MultiJoin{Keys: [][]int{{0}, {0}, {0}}, TTLMs: []int64{0, 0, 0},
		Steps: []plan.MultiJoinStep{{Type: second, With: []int{0}},
			{Type: third, With: with, Condition: expr.MustCall("<",
				expr.NewColumn(1, "v", big), expr.NewColumn(5, "v", big))}}}
	if len(ttlMs) > 0 {
		op.TTLMs = ttlMs
	}
	out := &types.Schema{}
	for range 3 {
		out.Fields = append(out.Fields, sideSchema.Fields...)
	}
	return func() operator.Operator {
		return join.NewMulti(&op, []*types.Schema{sideSchema, sideSchema, sideSchema}, out)
	}
}

var threeKeys = [][]int{{0}, {0}, {0}}

func TestMultiJoinOfInnerJoins(t *testing.T) {
	ot.Run(t, ot.Script{New: multi(plan.InnerJoin, plan.InnerJoin, []int{1}), Keys: threeKeys,
		Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 5), ot.R(1, 5), ot.R(1, 9), ot.R(nil, 5))},
			{In: ot.Rows(sideSchema, ot.R(1, 6), ot.R(nil, 6)).On(2)},
			{In: ot.Rows(sideSchema, ot.R(1, 1), ot.R(2, 2), ot.R(nil, 2)).On(1),
				Want: []string{"+I(1, 5, 1, 1, 1, 6)", "+I(1, 5, 1, 1, 1, 6)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 10).As(types.UpdateAfter)).On(2), Want: []string{
				"+U(1, 5, 1, 1, 1, 10)", "+U(1, 5, 1, 1, 1, 10)", "+U(1, 9, 1, 1, 1, 10)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 5).As(types.Delete), ot.R(1, 7).As(types.Delete)),
				Want: []string{"-D(1, 5, 1, 1, 1, 6)", "-D(1, 5, 1, 1, 1, 10)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 1).As(types.UpdateBefore)).On(1), Want: []string{
				"-U(1, 5, 1, 1, 1, 6)", "-U(1, 5, 1, 1, 1, 10)", "-U(1, 9, 1, 1, 1, 10)"}},
		}})
}

// The second input is padded; the third is compared with it, or with the first one.
func TestMultiJoinOfLeftJoins(t *testing.T) {
	ot.Run(t, ot.Script{New: multi(plan.LeftJoin, plan.LeftJoin, []int{1}), Keys: threeKeys,
		Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 5), ot.R(nil, 7)), Want: []string{
				"+I(1, 5, NULL, NULL, NULL, NULL)", "+I(NULL, 7, NULL, NULL, NULL, NULL)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 6), ot.R(nil, 8)).On(2)}, // nothing to compare with
			{In: ot.Rows(sideSchema, ot.R(1, 1)).On(1), Want: []string{
				"-D(1, 5, NULL, NULL, NULL, NULL)", "+I(1, 5, 1, 1, 1, 6)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 2)).On(1), Want: []string{"+I(1, 5, 1, 2, 1, 6)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 6).As(types.Delete)).On(2), Want: []string{
				"-D(1, 5, 1, 1, 1, 6)", "+I(1, 5, 1, 1, NULL, NULL)",
				"-D(1, 5, 1, 2, 1, 6)", "+I(1, 5, 1, 2, NULL, NULL)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 3)).On(2)}, // not more than the first one's v
			{In: ot.Rows(sideSchema, ot.R(1, 1).As(types.Delete), ot.R(1, 2).As(types.Delete)).On(1),
				Want: []string{"-D(1, 5, 1, 1, NULL, NULL)", "-D(1, 5, 1, 2, NULL, NULL)",
					"+I(1, 5, NULL, NULL, NULL, NULL)"}},
			{In: ot.Rows(sideSchema, ot.R(nil, 7).As(types.Delete)),
				Want: []string{"-D(NULL, 7, NULL, NULL, NULL, NULL)"}},
		}})
	ot.Run(t, ot.Script{New: multi(plan.LeftJoin, plan.InnerJoin, []int{0}), Keys: threeKeys,
		Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 5), ot.R(nil, 7))},
			{In: ot.Rows(sideSchema, ot.R(1, 6)).On(2),
				Want: []string{"+I(1, 5, NULL, NULL, 1, 6)"}},
			{In: ot.Rows(sideSchema, ot.R(1, 1)).On(1), Want: []string{
				"-D(1, 5, NULL, NULL, 1, 6)", "+I(1, 5, 1, 1, 1, 6)"}},
		}})
}

func TestMultiJoinForgetsExpiredRows(t *testing.T) {
	ot.Run(t, ot.Script{New: multi(plan.LeftJoin, plan.InnerJoin, []int{0}, 200, 100, 200),
		Keys: threeKeys, Steps: []ot.Step{
			{In: ot.Rows(sideSchema, ot.R(1, 1)).On(1)},
			{In: ot.Clock(50)},
			{In: ot.Rows(sideSchema, ot.R(1, 9)).On(2)},
			{In: ot.Rows(sideSchema, ot.R(1, 5)), Want: []string{"+I(1, 5, 1, 1, 1, 9)"}},
			{In: ot.Clock(120)},
			{In: ot.Rows(sideSchema, ot.R(1, 6)), Want: []string{"+I(1, 6, NULL, NULL, 1, 9)"}},
			{In: ot.Clock(260)},
			{In: ot.Rows(sideSchema, ot.R(1, 8)).On(2),
				Want: []string{"+I(1, 6, NULL, NULL, 1, 8)"}},
		}})
}
