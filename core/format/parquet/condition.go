package parquet

import (
	"cmp"
	"slices"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// tests are the conditions on one flat column.
type tests struct {
	at    int // in reader.flat
	typ   types.Type
	holds func(v int64) bool  // numbers
	same  func(v []byte) bool // texts

	verdicts []bool // by entry of a dictionary
	of       int    // which one
}

// conditions finds what of the conditions can be tested on rows while they are decoded: compared
// numbers and texts that the file has as the table does.
func (r *reader) conditions() []tests {
	if !r.config.LeaveOut || r.flat == nil {
		return nil
	}
	var out []tests
	for _, c := range r.config.Conditions {
		f := r.config.Schema.Fields[c.Column]
		for i, leaf := range r.leaves {
			if r.nameOf(leaf) != f.Name {
				continue
			}
			t := tests{at: i, typ: f.Type}
			switch id := r.flat[i].typ.ID(); {
			case f.Type.Kind == types.BigInt && id == arrow.INT64,
				f.Type.Kind == types.Int && id == arrow.INT32,
				f.Type.Kind == types.Date && id == arrow.DATE32:
				t.holds = compares[int64](c, cmp.Compare[int64])
			case f.Type.Kind == types.Varchar && id == arrow.STRING:
				if same := compares[string](c, cmp.Compare[string]); same != nil {
					t.same = func(v []byte) bool { return same(string(v)) }
				}
			}
			if t.holds != nil || t.same != nil {
				out = append(out, t)
			}
		}
	}
	return out
}

// nameOf is the name of a column that is no part of another.
func (r *reader) nameOf(leaf int) string {
	for i := range r.in.Manifest.Fields {
		if f := &r.in.Manifest.Fields[i]; f.ColIndex == leaf {
			return f.Field.Name
		}
	}
	return ""
}

// compares makes the function that a condition is; nil: there is none.
func compares[T comparable](c connector.Condition, compare func(a, b T) int) func(v T) bool {
	values := make([]T, len(c.Values))
	for i, v := range c.Values {
		x, ok := v.(T)
		if !ok {
			return nil
		}
		values[i] = x
	}
	if c.Op == connector.OpIn && len(values) > 0 {
		return func(v T) bool { return slices.Contains(values, v) }
	}
	if len(values) != 1 {
		return nil
	}
	x := values[0]
	switch c.Op {
	case connector.OpEq:
		return func(v T) bool { return v == x }
	case connector.OpNe:
		return func(v T) bool { return v != x }
	case connector.OpLt:
		return func(v T) bool { return compare(v, x) < 0 }
	case connector.OpLe:
		return func(v T) bool { return compare(v, x) <= 0 }
	case connector.OpGt:
		return func(v T) bool { return compare(v, x) > 0 }
	case connector.OpGe:
		return func(v T) bool { return compare(v, x) >= 0 }
	}
	return nil
}

// pass leaves of keep the rows of arr for which the condition holds.
func (t *tests) pass(arr arrow.Array, keep []int32) []int32 {
	c := batch.FromArrow(t.typ, arr, nil)
	n := 0
	take := func(i int32, ok bool) {
		if keep[n] = i; ok {
			n++
		}
	}
	nulls := c.NullCount() > 0
	switch {
	case t.same != nil:
		for _, i := range keep {
			take(i, !(nulls && c.IsNull(int(i))) && t.same(c.Bytes(int(i))))
		}
	case t.typ.Kind == types.BigInt:
		v := batch.Values[int64](c)
		for _, i := range keep {
			take(i, !(nulls && c.IsNull(int(i))) && t.holds(v[i]))
		}
	default:
		v := batch.Values[int32](c)
		for _, i := range keep {
			take(i, !(nulls && c.IsNull(int(i))) && t.holds(int64(v[i])))
		}
	}
	return keep[:n]
}
