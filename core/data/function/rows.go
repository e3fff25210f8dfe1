package function

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// call is what a row function works with: typed readers of its arguments and the builder of its
// result, to which it appends exactly one value or null a row.
type call struct {
	ctx  *kernel.Context
	args []kernel.Vec
	t    types.Type
	out  *batch.Builder

	strs []kernel.Strs
	ints []kernel.Nums[int32]
	long []kernel.Nums[int64]
	dbls []kernel.Nums[float64]

	formatted formattedTime
}

func newCall(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) *call {
	k := len(args)
	c := &call{ctx: ctx, args: args, t: t, out: batch.NewBuilder(t, n),
		strs: make([]kernel.Strs, k), ints: make([]kernel.Nums[int32], k),
		long: make([]kernel.Nums[int64], k), dbls: make([]kernel.Nums[float64], k)}
	for i, a := range args {
		switch at := a.Type(); at.Kind {
		case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
			c.strs[i] = kernel.StrsOf(a)
		case types.Int, types.Date, types.IntervalYM:
			c.ints[i] = kernel.NumsOf[int32](a)
		case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
			c.long[i] = kernel.NumsOf[int64](a)
		case types.Double:
			c.dbls[i] = kernel.NumsOf[float64](a)
		}
	}
	return c
}

func (c *call) str(k, i int) string            { return c.strs[k].At(i) }
func (c *call) bytes(k, i int) []byte          { return c.strs[k].Bytes(i) }
func (c *call) int(k, i int) int               { return int(c.ints[k].At(i)) }
func (c *call) int64(k, i int) int64           { return c.long[k].At(i) }
func (c *call) bool(k, i int) bool             { return c.args[k].Col.Bool(c.args[k].At(i)) }
func (c *call) null(k, i int) bool             { return c.args[k].IsNull(i) }
func (c *call) has(k int) bool                 { return k < len(c.args) }
func (c *call) col(k int) *batch.Column        { return c.args[k].Col }
func (c *call) at(k, i int) int                { return c.args[k].At(i) }
func (c *call) putStr(s string)                { c.out.AppendString(s) }
func (c *call) putBytes(b []byte)              { c.out.AppendBytes(b) }
func (c *call) putInt(v int)                   { batch.Append(c.out, int32(v)) }
func (c *call) putInt64(v int64)               { batch.Append(c.out, v) }
func (c *call) putFloat(v float64)             { batch.Append(c.out, v) }
func (c *call) putBool(v bool)                 { c.out.AppendBool(v) }
func (c *call) putNull()                       { c.out.AppendNull() }
func (c *call) putFrom(k *batch.Column, i int) { c.out.AppendFrom(k, i) }

// rows makes a kernel of a function of one row: null in, null out.
func rows(f func(c *call, i int) error) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		for _, a := range args {
			if a.AllNull() || a.Type().Kind == types.Null {
				return kernel.NullVec(t.Nullable(true)), nil
			}
		}
		valid := kernel.Valid(n, args...)
		c := newCall(ctx, args, n, t)
		for i := range n {
			if valid != nil && !batch.Bit(valid, i) {
				c.out.AppendNull()
				continue
			}
			if err := f(c, i); err != nil {
				return kernel.Vec{}, err
			}
		}
		return kernel.ColVec(c.out.Finish()), nil
	}
}

// rowsN is rows for a function that sees nulls itself.
func rowsN(f func(c *call, i int) error) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		c := newCall(ctx, args, n, t)
		for i := range n {
			if err := f(c, i); err != nil {
				return kernel.Vec{}, err
			}
		}
		return kernel.ColVec(c.out.Finish()), nil
	}
}
