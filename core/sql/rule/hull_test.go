package rule

import (
	"testing"

	"github.com/headrace/headrace/core/connector"
)

func TestHullOfConditions(t *testing.T) {
	cond := func(column int, op connector.Op, values ...any) connector.Condition {
		return connector.Condition{Column: column, Op: op, Values: values}
	}
	names := []string{"a", "b"}
	for _, c := range []struct {
		x, y []connector.Condition
		want string
	}{
		{[]connector.Condition{cond(0, "=", int64(3))}, []connector.Condition{cond(0, "IN", int64(7), int64(1))},
			"a IN [3 7 1]"},
		{[]connector.Condition{cond(0, ">", int64(3)), cond(0, "<=", int64(9))},
			[]connector.Condition{cond(0, "=", int64(20))}, "a >= [3] AND a <= [20]"},
		{[]connector.Condition{cond(0, ">", int64(3))}, []connector.Condition{cond(0, "<", int64(9))}, ""},
		{[]connector.Condition{cond(0, ">", int64(3)), cond(1, "=", "x")},
			[]connector.Condition{cond(1, "<", "m")}, "b <= [x]"},
		{[]connector.Condition{cond(0, "IS NULL")}, []connector.Condition{cond(0, ">", int64(1))}, ""},
		{[]connector.Condition{cond(0, "<>", int64(1))}, []connector.Condition{cond(0, "=", int64(1))}, ""},
		{nil, []connector.Condition{cond(0, "=", int64(1))}, ""},
		{[]connector.Condition{cond(0, ">", true)}, []connector.Condition{cond(0, ">", false)}, ""},
	} {
		if got := hullText(names, hull([][]connector.Condition{c.x, c.y})); got != c.want {
			t.Errorf("hull of %v and %v is %q, not %q", c.x, c.y, got, c.want)
		}
	}
}
