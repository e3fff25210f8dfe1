package cep_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/cep"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	ints  = types.Of(types.Int)
	input = types.NewSchema(types.F("k", types.String()), types.F("c", types.String()),
		types.F("v", ints), types.F("ts", types.WithPrecision(types.Timestamp, 3)))
	output = types.NewSchema(types.F("k", types.String()), types.F("first", ints),
		types.F("last", ints), types.F("n", types.Of(types.BigInt)))
)

// refs: 0 the row's c, 1 A's first v, 2 the last v of all, 3 COUNT(B.v), 4 the row's v.
func match(op plan.Match) func() operator.Operator {
	op.Partition, op.TimeColumn = []int{0}, 3
	big := types.Of(types.BigInt)
	op.Refs = []plan.MatchRef{{Column: 1, Type: types.String()},
		{Var: "A", Column: 2, First: true, Type: ints}, {Column: 2, Type: ints},
		{Var: "B", Agg: &plan.AggCall{Name: "COUNT", Args: []int{2}, Filter: -1, Type: big},
			Type: big}}
	op.Measures = []plan.Measure{{Name: "first", Expr: expr.NewColumn(1, "f", ints)},
		{Name: "last", Expr: expr.NewColumn(2, "l", ints)},
		{Name: "n", Expr: expr.NewColumn(3, "n", big)}}
	return func() operator.Operator { return cep.New(&op, input, output) }
}

// is says that the row's c is a text.
func is(text string) expr.Expr {
	return expr.MustCall("=", expr.NewColumn(0, "c", types.String()), expr.Text(text))
}

func one(name string) plan.PatternVar { return plan.PatternVar{Var: name, Min: 1, Max: 1} }

func script(op plan.Match, steps ...ot.Step) ot.Script {
	return ot.Script{New: match(op), Keys: [][]int{{0}}, AnyOrder: true, Steps: steps}
}

func letters(key, text string, from int) ot.Input {
	var items []any
	for i, c := range text {
		items = append(items, ot.R(key, string(c), from+i, from+i))
	}
	return ot.Rows(input, items...)
}

func TestGreedyAndSkipPastLastRow(t *testing.T) {
	op := plan.Match{SkipTo: "past-last-row",
		Pattern: plan.Pattern{one("A"), {Var: "B", Min: 1, Max: -1}, one("C")},
		Defines: map[string]expr.Expr{"A": is("a"), "B": is("b"), "C": is("c")}}
	ot.Run(t, script(op,
		ot.Step{In: letters("x", "abb", 10)},
		ot.Step{In: letters("y", "abxc", 10)},
		ot.Step{In: ot.Watermark(12), Want: []string{"wm 12"}},
		ot.Step{In: letters("x", "bcabc", 13)},
		ot.Step{In: ot.Rows(input, ot.R("x", "c", 99, 12))}, // late
		ot.Step{In: ot.Watermark(20),
			Want: []string{"+I(x, 10, 14, 3)", "+I(x, 15, 17, 1)", "wm 20"}}))
}

// An optional variable does not keep a row from the next one: the shorter match comes first.
func TestOptionalIsNotGreedy(t *testing.T) {
	op := plan.Match{SkipTo: "past-last-row",
		Pattern: plan.Pattern{one("A"), {Var: "B", Min: 0, Max: 1}, one("C")},
		Defines: map[string]expr.Expr{"A": is("a"), "B": is("b")}}
	ot.Run(t, script(op,
		ot.Step{In: letters("x", "abc", 10)},
		ot.Step{In: ot.Watermark(20), Want: []string{"+I(x, 10, 11, 0)", "wm 20"}}))
}

func TestRowsAreTakenInOrderOfTime(t *testing.T) {
	op := plan.Match{SkipTo: "next-row", Pattern: plan.Pattern{one("A"), one("B")},
		Defines: map[string]expr.Expr{"A": is("a"), "B": is("b")}}
	ot.Run(t, script(op,
		ot.Step{In: ot.Rows(input, ot.R("x", "b", 2, 20), ot.R("x", "a", 1, 10))},
		ot.Step{In: ot.Watermark(30), Want: []string{"+I(x, 1, 2, 1)", "wm 30"}}))
}

func TestReluctantEndsFirst(t *testing.T) {
	op := plan.Match{SkipTo: "past-last-row",
		Pattern: plan.Pattern{one("A"), {Var: "B", Min: 0, Max: -1, Reluctant: true}, one("C")},
		Defines: map[string]expr.Expr{"A": is("a"), "C": is("c")}}
	ot.Run(t, script(op,
		ot.Step{In: letters("x", "axycc", 10)},
		ot.Step{In: ot.Watermark(30), Want: []string{"+I(x, 10, 13, 2)", "wm 30"}}))
}

func TestSkipToNextRowAndToAVariable(t *testing.T) {
	for skip, want := range map[string][]string{
		"next-row": {"+I(x, 10, 12, 1)", "+I(x, 11, 13, 1)", "wm 30"},
		"last":     {"+I(x, 10, 12, 1)", "wm 30"},
	} {
		op := plan.Match{SkipTo: skip, SkipVar: "C",
			Pattern: plan.Pattern{one("A"), one("B"), one("C")},
			Defines: map[string]expr.Expr{}}
		ot.Run(t, script(op,
			ot.Step{In: letters("x", "abcd", 10)},
			ot.Step{In: ot.Watermark(30), Want: want}))
	}
}

func TestWithinEndsWhatTakesTooLong(t *testing.T) {
	op := plan.Match{SkipTo: "past-last-row", WithinMs: 5,
		Pattern: plan.Pattern{one("A"), {Var: "B", Min: 0, Max: -1, Reluctant: true}, one("C")},
		Defines: map[string]expr.Expr{"A": is("a"), "B": is("b"), "C": is("c")}}
	ot.Run(t, script(op,
		ot.Step{In: letters("x", "abbbbc", 10)}, // 15 is 5 after 10
		ot.Step{In: letters("y", "abbbc", 10)},
		ot.Step{In: ot.Watermark(30), Want: []string{"+I(y, 10, 14, 3)", "wm 30"}}))
}

func TestAggregatesInDefine(t *testing.T) {
	big := types.Of(types.BigInt)
	op := plan.Match{SkipTo: "past-last-row",
		Pattern: plan.Pattern{one("A"), {Var: "B", Min: 1, Max: -1}, one("C")},
		Defines: map[string]expr.Expr{"A": is("a"),
			"B": expr.MustCall("<", expr.NewColumn(3, "n", big), expr.BigInt(3))}}
	ot.Run(t, script(op,
		ot.Step{In: letters("x", "axyzw", 10)},
		ot.Step{In: ot.Watermark(30), Want: []string{"+I(x, 10, 13, 2)", "wm 30"}}))
}
