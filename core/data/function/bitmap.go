package function

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

var bitmapArg = keep(types.Bitmap(), types.Type.IsBitmap)

// bitmap reads argument k as a sorted set.
func (c *call) bitmap(k, i int) ([]uint32, error) { return readBitmap(c.bytes(k, i)) }

func readBitmap(b []byte) ([]uint32, error) {
	v, ok := kernel.ReadBitmap(b)
	if !ok {
		return nil, errs.Dataf("the bytes are no bitmap").Fix("they must be in Roaring's portable format")
	}
	return v, nil
}

// sets are the operators of two bitmaps.
var sets = map[string]func(a, b bool) bool{
	"AND":    func(a, b bool) bool { return a && b },
	"ANDNOT": func(a, b bool) bool { return a && !b },
	"OR":     func(a, b bool) bool { return a || b },
	"XOR":    func(a, b bool) bool { return a != b },
}

// combine is an operator of two bitmaps.
func combine(op string) Kernel {
	return rows(func(c *call, i int) error {
		a, err := c.bitmap(0, i)
		if err != nil {
			return err
		}
		b, err := c.bitmap(1, i)
		if err != nil {
			return err
		}
		c.putBytes(kernel.AppendBitmap(nil, kernel.CombineBitmaps(a, b, sets[op])))
		return nil
	})
}

// ofBitmap makes a kernel of a function of one bitmap.
func ofBitmap(f func(c *call, v []uint32)) Kernel {
	return rows(func(c *call, i int) error {
		v, err := c.bitmap(0, i)
		if err == nil {
			f(c, v)
		}
		return err
	})
}

// bitmapBuild makes a bitmap of an array of INT; negative numbers count as unsigned.
func bitmapBuild(c *call, i int) error {
	from, to := c.span(0, i)
	var v []uint32
	for j := from; j < to; j++ {
		if e := c.elems(0); !e.IsNull(j) {
			v = append(v, uint32(batch.Values[int32](e)[j]))
		}
	}
	slices.Sort(v)
	c.putBytes(kernel.AppendBitmap(nil, slices.Compact(v)))
	return nil
}

func bitmapFunctions() []*Scalar {
	b := types.Bitmap()
	declare := func(name, params, doc, example string, s sig) *Scalar {
		f := def(Scalar{Name: name, Category: "bitmap", Syntax: name + "(" + params + ")", Doc: doc,
			Example: example}, s)
		return f.raises()
	}
	two := func(op, doc, example string) *Scalar {
		return declare("BITMAP_"+op, "bitmap1, bitmap2", doc, example,
			on(bitmapArg, bitmapArg).returns(b, combine(op)))
	}
	ints := to(types.ArrayOf(intT), func(t types.Type) bool {
		return t.Kind == types.Array && t.Elem.IsInteger()
	})
	return []*Scalar{
		two("AND", "The numbers in both bitmaps.",
			"BITMAP_TO_STRING(BITMAP_AND(BITMAP_BUILD(ARRAY(1, 2)), BITMAP_BUILD(ARRAY(2)))) → {2}"),
		two("ANDNOT", "The numbers in bitmap1 that are not in bitmap2.",
			"BITMAP_TO_STRING(BITMAP_ANDNOT(BITMAP_BUILD(ARRAY(1, 2)), BITMAP_BUILD(ARRAY(2)))) → {1}"),
		two("OR", "The numbers in either bitmap.",
			"BITMAP_TO_STRING(BITMAP_OR(BITMAP_BUILD(ARRAY(1)), BITMAP_BUILD(ARRAY(2)))) → {1,2}"),
		two("XOR", "The numbers in one bitmap only.",
			"BITMAP_TO_STRING(BITMAP_XOR(BITMAP_BUILD(ARRAY(1, 2)), BITMAP_BUILD(ARRAY(2)))) → {1}"),
		declare("BITMAP_BUILD", "array", "The bitmap of an array of integers, read as unsigned.",
			"BITMAP_CARDINALITY(BITMAP_BUILD(ARRAY(1, 1, 2))) → 2",
			on(ints).returns(b, rows(bitmapBuild))),
		declare("BITMAP_CARDINALITY", "bitmap", "The number of numbers.",
			"BITMAP_CARDINALITY(BITMAP_BUILD(ARRAY(5))) → 1", on(bitmapArg).returns(bigintT,
				ofBitmap(func(c *call, v []uint32) { c.putInt64(int64(len(v))) }))),
		declare("BITMAP_FROM_BYTES", "bytes", "The bitmap of bytes in Roaring's portable format.",
			"BITMAP_TO_STRING(BITMAP_FROM_BYTES(BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY(7))))) → {7}",
			on(byt).returns(b, rows(func(c *call, i int) error {
				v, err := c.bitmap(0, i)
				c.putBytes(kernel.AppendBitmap(nil, v))
				return err
			}))),
		declare("BITMAP_TO_ARRAY", "bitmap", "The numbers in order.",
			"BITMAP_TO_ARRAY(BITMAP_BUILD(ARRAY(3, 1))) → [1, 3]",
			on(bitmapArg).returns(types.ArrayOf(intT), ofBitmap(func(c *call, v []uint32) {
				for _, x := range v {
					batch.Append(c.out.Child(0), int32(x))
				}
				c.out.CloseList()
			}))),
		declare("BITMAP_TO_BYTES", "bitmap", "The bitmap in Roaring's portable format.", "",
			on(bitmapArg).returns(bytesT, rows(func(c *call, i int) error {
				c.putBytes(c.bytes(0, i))
				return nil
			}))),
		declare("BITMAP_TO_STRING", "bitmap", "The numbers as text.",
			"BITMAP_TO_STRING(BITMAP_BUILD(ARRAY(3, 1))) → {1,3}", on(bitmapArg).returns(stringT,
				ofBitmap(func(c *call, v []uint32) { c.putBytes(kernel.AppendBitmapText(nil, v)) }))),
	}
}

// bitmapAgg declares an aggregate that joins bitmaps (or, op BUILD, collects integers), and its
// form that counts.
func bitmapAgg(op, doc string, count bool) *Aggregate {
	name, res := "BITMAP_"+op+"_AGG", types.Bitmap()
	if count {
		name, res = "BITMAP_"+op+"_CARDINALITY_AGG", bigintT
		doc += " Gives their number."
	}
	arg := "bitmap"
	if op == "BUILD" {
		arg = "value"
	}
	a := aggDef(Aggregate{Name: name, Syntax: name + "(" + arg + ")", Doc: doc},
		func(t types.Type) (AggBound, bool) {
			ok := op == "BUILD" && t.IsInteger() || op != "BUILD" && t.IsBitmap()
			in := t
			if op == "BUILD" {
				in = intT.Nullable(!t.NotNull)
			}
			return AggBound{Args: []types.Type{in}, Result: res, Splittable: true,
				New: func(bool) Accumulator {
					return &listAcc{t: res, result: func(b *batch.Builder, list []string) error {
						return putBitmap(b, list, in, op, count)
					}}
				}}, ok
		})
	return a
}

func putBitmap(b *batch.Builder, list []string, t types.Type, op string, count bool) error {
	if len(list) == 0 {
		b.AppendNull()
		return nil
	}
	var acc []uint32
	for k, text := range list {
		col, _, err := decodeOne(t, []byte(text))
		if err != nil {
			return err
		}
		if op == "BUILD" {
			acc = append(acc, uint32(batch.Values[int32](col)[0]))
			continue
		}
		v, err := readBitmap(col.Bytes(0))
		if err != nil {
			return err
		}
		if acc = kernel.CombineBitmaps(acc, v, sets[op]); k == 0 {
			acc = v
		}
	}
	slices.Sort(acc)
	acc = slices.Compact(acc)
	if count {
		batch.Append(b, int64(len(acc)))
	} else {
		b.AppendBytes(kernel.AppendBitmap(nil, acc))
	}
	return nil
}

func bitmapAggregates() []*Aggregate {
	var out []*Aggregate
	for _, a := range []struct{ op, doc string }{
		{"AND", "The numbers in all bitmaps."}, {"BUILD", "The bitmap of the values."},
		{"OR", "The numbers in any bitmap."},
		{"XOR", "The numbers in an odd number of bitmaps."},
	} {
		out = append(out, bitmapAgg(a.op, a.doc, false), bitmapAgg(a.op, a.doc, true))
	}
	return out
}
