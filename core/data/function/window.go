package function

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
)

// rankWindow declares a window function without arguments.
func rankWindow(name string, t types.Type, doc, example string) *Window {
	return &Window{Name: name, Syntax: name + "()", Doc: doc, Example: example,
		Infer: func(args []Arg) ([]types.Type, types.Type, error) {
			if len(args) > 0 {
				return nil, t, mismatch(name, name+"()", args)
			}
			return nil, t.Nullable(false), nil
		}}
}

// inferShift binds LAG and LEAD (value [, offset [, default]]): the offset is a constant.
func inferShift(name string) func(args []Arg) ([]types.Type, types.Type, error) {
	syntax := name + "(value [, offset [, default]])"
	return func(args []Arg) ([]types.Type, types.Type, error) {
		if len(args) < 1 || len(args) > 3 {
			return nil, types.Type{}, mismatch(name, syntax, args)
		}
		t := args[0].Type.WithAttr(types.NoTime)
		out := []types.Type{t}
		null := true
		if len(args) > 1 {
			if !args[1].Type.IsInteger() {
				return nil, t, mismatch(name, syntax, args)
			}
			out = append(out, intT.Nullable(!args[1].Type.NotNull))
		}
		if len(args) > 2 {
			if _, ok := types.Common(t, args[2].Type); !ok {
				return nil, t, mismatch(name, syntax, args)
			}
			// As Flink has it: the default is of the value's type, and it alone decides on NULL.
			null = !args[2].Type.NotNull
			out = append(out, t.Nullable(null))
		}
		return out, t.Nullable(null), nil
	}
}

func inferNtile(args []Arg) ([]types.Type, types.Type, error) {
	if len(args) != 1 || !args[0].Type.IsInteger() {
		return nil, types.Type{}, mismatch("NTILE", "NTILE(n)", args)
	}
	if n, ok := args[0].Int(); ok && n < 1 {
		return nil, types.Type{}, errs.Userf("NTILE needs a positive number of buckets, not %d", n)
	}
	return []types.Type{args[0].Type}, bigintT.Nullable(false), nil
}

func windowDeclarations() []*Window {
	return []*Window{
		rankWindow("ROW_NUMBER", bigintT, "The number of the row in its partition, from 1.",
			"ROW_NUMBER() → 1, 2, 3"),
		rankWindow("RANK", bigintT, "The rank of the row, with gaps after ties.",
			"RANK() → 1, 1, 3"),
		rankWindow("DENSE_RANK", bigintT, "The rank of the row, without gaps.",
			"DENSE_RANK() → 1, 1, 2"),
		rankWindow("PERCENT_RANK", doubleT, "(rank - 1) / (rows - 1).", "PERCENT_RANK() → 0.0, 0.5, 1.0"),
		rankWindow("CUME_DIST", doubleT, "The share of rows up to this one.",
			"CUME_DIST() → 0.5, 1.0"),
		{Name: "NTILE", Syntax: "NTILE(n)", Doc: "The bucket of the row, when rows are divided into " +
			"n buckets as equal as can be.", Example: "NTILE(2) → 1, 1, 2", Infer: inferNtile},
		{Name: "LAG", Syntax: "LAG(value [, offset [, default]])", Doc: "The value of the row offset " +
			"(1) rows earlier, or the default (NULL).", Example: "LAG(x) → NULL, 1, 2",
			Infer: inferShift("LAG")},
		{Name: "LEAD", Syntax: "LEAD(value [, offset [, default]])", Doc: "The value of the row offset " +
			"(1) rows later, or the default (NULL).", Example: "LEAD(x) → 2, 3, NULL",
			Infer: inferShift("LEAD")},
	}
}

func tableDeclarations() []*Table {
	window := func(name, syntax, doc string) *Table {
		return &Table{Name: name, Syntax: syntax, Doc: doc + " Adds window_start, window_end and " +
			"window_time."}
	}
	return []*Table{
		{Name: "UNNEST", Syntax: "UNNEST(collection) [WITH ORDINALITY]",
			Doc: "A row for each element of an array or multiset, or each entry of a map."},
		window("TUMBLE", "TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])",
			"Windows of one size, one after the other."),
		window("HOP", "HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset])",
			"Windows of one size, one every slide."),
		window("CUMULATE", "CUMULATE(TABLE t, DESCRIPTOR(time), step, size [, offset])",
			"Windows with one start that grow by steps up to a size."),
		window("SESSION", "SESSION(TABLE t [PARTITION BY key], DESCRIPTOR(time), gap)",
			"Windows of rows that follow each other within the gap."),
		{Name: "FROM_CHANGELOG", Syntax: "FROM_CHANGELOG(TABLE t, …)",
			Doc: "Reads a column with row kinds as a changelog."},
		{Name: "TO_CHANGELOG", Syntax: "TO_CHANGELOG(TABLE t, …)",
			Doc: "Writes the changelog of a table as rows with their kind in a column."},
	}
}
