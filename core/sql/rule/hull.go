package rule

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/connector"
)

// hull is what holds of every row that one of the lists of conditions holds of, as far as
// conditions can say it: of columns that each list bounds, the widest bounds or all values.
func hull(lists [][]connector.Condition) []connector.Condition {
	var out []connector.Condition
	for _, column := range boundColumns(lists[0]) {
		var all bounds
		for i, list := range lists {
			b := boundsOf(column, list)
			if i == 0 {
				all = b
			} else {
				all = all.widen(b)
			}
		}
		out = append(out, all.conditions(column)...)
	}
	return out
}

func boundColumns(list []connector.Condition) []int {
	var out []int
	for _, c := range list {
		if !slices.Contains(out, c.Column) {
			out = append(out, c.Column)
		}
	}
	return out
}

// bounds are those of one column; nil is none. values are all there can be.
type bounds struct {
	values    []any
	low, high any
}

func boundsOf(column int, list []connector.Condition) bounds {
	var b bounds
	for _, c := range list {
		if c.Column != column || len(c.Values) == 0 {
			continue
		}
		switch c.Op {
		case connector.OpEq, connector.OpIn:
			b.values = c.Values
			low, high := extremes(c.Values)
			b.low, b.high = tighter(b.low, low, 1), tighter(b.high, high, -1)
		case connector.OpGt, connector.OpGe:
			b.low = tighter(b.low, c.Values[0], 1)
		case connector.OpLt, connector.OpLe:
			b.high = tighter(b.high, c.Values[0], -1)
		}
	}
	return b
}

// tighter is the greater bound (sign 1) or the lesser one (-1); nil is no bound.
func tighter(a, b any, sign int) any {
	order, ok := compareValues(a, b)
	if a == nil || ok && order*sign < 0 {
		return b
	}
	return a
}

func extremes(values []any) (low, high any) {
	low, high = values[0], values[0]
	for _, v := range values[1:] {
		if order, ok := compareValues(v, low); !ok {
			return nil, nil
		} else if order < 0 {
			low = v
		}
		if order, _ := compareValues(v, high); order > 0 {
			high = v
		}
	}
	return low, high
}

func (b bounds) widen(o bounds) bounds {
	out := bounds{low: wider(b.low, o.low, -1), high: wider(b.high, o.high, 1)}
	if b.values != nil && o.values != nil {
		out.values = append(slices.Clone(b.values), o.values...)
	}
	return out
}

// wider is the lesser bound (sign -1) or the greater one (1); none when one is missing.
func wider(a, b any, sign int) any {
	order, ok := compareValues(a, b)
	switch {
	case !ok:
		return nil
	case order*sign >= 0:
		return a
	}
	return b
}

func (b bounds) conditions(column int) (out []connector.Condition) {
	if b.values != nil {
		return []connector.Condition{{Column: column, Op: connector.OpIn, Values: b.values}}
	}
	if b.low != nil {
		out = append(out, connector.Condition{Column: column, Op: connector.OpGe, Values: []any{b.low}})
	}
	if b.high != nil {
		out = append(out, connector.Condition{Column: column, Op: connector.OpLe, Values: []any{b.high}})
	}
	return out
}

func compareValues(a, b any) (order int, ok bool) {
	switch x := a.(type) {
	case int64:
		y, ok := b.(int64)
		return cmp.Compare(x, y), ok
	case float64:
		y, ok := b.(float64)
		return cmp.Compare(x, y), ok
	case string:
		y, ok := b.(string)
		return cmp.Compare(x, y), ok
	}
	return 0, false
}

// hullText says conditions, for EXPLAIN.
func hullText(names []string, list []connector.Condition) string {
	text := ""
	for i, c := range list {
		if i > 0 {
			text += " AND "
		}
		text += fmt.Sprintf("%s %s %v", names[c.Column], c.Op, c.Values)
	}
	return text
}
