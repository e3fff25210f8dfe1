package function

import (
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func inferArrayAgg(nulls bool) func(types.Type) (AggBound, bool) {
	return func(t types.Type) (AggBound, bool) {
		res := types.ArrayOf(t)
		return AggBound{Result: res, Splittable: true, New: func(bool) Accumulator {
			return &listAcc{t: res, nulls: nulls, result: putArray}
		}}, t.Kind != types.Object
	}
}

func putArray(b *batch.Builder, list []string) error {
	if len(list) == 0 {
		b.AppendNull()
		return nil
	}
	for _, v := range list {
		if err := putValue(b.Child(0), []byte(v)); err != nil {
			return err
		}
	}
	b.CloseList()
	return nil
}

// inferListAgg binds LISTAGG(text [, separator]); the separator is a constant.
func inferListAgg(args []Arg) (AggBound, error) {
	sep := ","
	ok := len(args) == 1 || len(args) == 2
	if len(args) == 2 {
		sep, ok = args[1].Text()
	}
	if !ok || !args[0].Type.IsString() && args[0].Type.Kind != types.Null {
		return AggBound{}, mismatch("LISTAGG", "LISTAGG(text [, separator])", args)
	}
	b := AggBound{Result: stringT, Splittable: true, New: func(bool) Accumulator {
		return &listAcc{t: stringT, result: func(b *batch.Builder, list []string) error {
			return putJoined(b, list, sep)
		}}
	}}
	b.Args = append(b.Args, stringT.Nullable(!args[0].Type.NotNull))
	if len(args) == 2 {
		b.Args = append(b.Args, args[1].Type)
	}
	return b, nil
}

// putJoined joins encoded texts.
func putJoined(b *batch.Builder, list []string, sep string) error {
	if len(list) == 0 {
		b.AppendNull()
		return nil
	}
	var out []byte
	for k, v := range list {
		if k > 0 {
			out = append(out, sep...)
		}
		r := &reader{b: []byte(v)[1:]} // after the null mark
		out = append(out, r.text()...)
	}
	b.AppendBytes(out)
	return nil
}

// collectAcc is COLLECT: a multiset of the values that are not null.
type collectAcc struct {
	t    types.Type
	sets []map[string]int64
}

func (a *collectAcc) Grow(n int) { a.sets = grow(a.sets, n) }

func (a *collectAcc) update(groups []int32, c *batch.Column, rows []int32, by int64) {
	var buf []byte
	eachRow(c, groups, rows, func(g int32, i int) {
		buf = kernel.AppendValue(buf[:0], c, i)
		a.put(g, string(buf), by)
	})
}

func (a *collectAcc) put(g int32, v string, by int64) {
	if a.sets[g] == nil {
		a.sets[g] = map[string]int64{}
	}
	if n := a.sets[g][v] + by; n == 0 {
		delete(a.sets[g], v)
	} else {
		a.sets[g][v] = n
	}
}

func (a *collectAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args[0], rows, 1)
}

func (a *collectAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args[0], rows, -1)
}

func (a *collectAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*collectAcc)
	for k, g := range groups {
		for v, n := range o.sets[from[k]] {
			a.put(g, v, n)
		}
	}
}

func (a *collectAcc) Result(groups []int32) (*batch.Column, error) {
	b := batch.NewBuilder(a.t, len(groups))
	for _, g := range groups {
		for _, v := range sortedKeys(a.sets[g]) {
			if err := putValue(b.Child(0), []byte(v)); err != nil {
				return nil, err
			}
			batch.Append(b.Child(1), int32(a.sets[g][v]))
		}
		b.CloseList()
	}
	return b.Finish(), nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (a *collectAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		for _, v := range sortedKeys(a.sets[g]) {
			dst = binary.AppendVarint(appendText(dst, v), a.sets[g][v])
		}
		return dst
	})
}

func (a *collectAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		for len(r.b) > 0 && !r.bad {
			v := r.text()
			a.put(g, v, r.varint())
		}
	})
}

func (a *collectAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.sets[g] = nil
	}
}

func (a *collectAcc) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		n += 48
		for v := range a.sets[g] {
			n += 48 + int64(len(v))
		}
	}
	return n
}

func listAggregates() []*Aggregate {
	array := "ARRAY_AGG([ALL | DISTINCT] value [RESPECT NULLS | IGNORE NULLS])"
	return []*Aggregate{
		aggDef(Aggregate{Name: "ARRAY_AGG", Syntax: array, Ordered: true,
			Doc:     "The values as an array, NULLs included; NULL for no rows.",
			Example: "ARRAY_AGG(x) → [1, 2, 3]"}, inferArrayAgg(true)),
		aggDef(Aggregate{Name: "ARRAY_AGG IGNORE NULLS", Syntax: array, Ordered: true,
			Doc: "ARRAY_AGG without the NULLs."}, inferArrayAgg(false)),
		{Name: "LISTAGG", Category: "aggregate", Syntax: "LISTAGG(text [, separator])",
			Ordered: true, Infer: inferListAgg,
			Doc:     "The texts that are not NULL, joined by the separator (',' if not given).",
			Example: "LISTAGG(s, '-') → a-b-c"},
		aggDef(Aggregate{Name: "COLLECT", Syntax: "COLLECT([ALL | DISTINCT] value)",
			Doc: "A multiset of the values that are not NULL.", Example: "COLLECT(x) → {1=1, 2=1}"},
			func(t types.Type) (AggBound, bool) {
				res := types.MultisetOf(t).Nullable(false)
				return AggBound{Result: res, Splittable: true, New: func(bool) Accumulator {
					return &collectAcc{t: res}
				}}, t.Kind != types.Object
			}),
	}
}
