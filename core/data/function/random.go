package function

import (
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// randomKernel draws a value for every row; with seeded, argument 0 is the seed.
func randomKernel(seeded bool, draw func(r *kernel.JavaRandom, c *call, i int) error) Kernel {
	key := new(int) // tells this call's generator from others
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		c := newCall(ctx, args, n, t)
		for i := range n {
			if len(args) > 0 && c.null(len(args)-1, i) {
				c.putNull()
				continue
			}
			seed := int64(0)
			if seeded {
				if !c.null(0, i) {
					seed = int64(c.int(0, i))
				}
			} else if _, ok := ctx.HasSeeded(key); !ok {
				seed = int64(ctx.Rand.Uint64())
			}
			if err := draw(ctx.Seeded(key, seed), c, i); err != nil {
				return kernel.Vec{}, err
			}
		}
		return kernel.ColVec(c.out.Finish()), nil
	}
}

func inferRandom(name, syntax string, bound bool, t types.Type,
	draw func(r *kernel.JavaRandom, c *call, i int) error) func([]Arg) (Bound, error) {
	least := 0
	if bound {
		least = 1
	}
	return func(args []Arg) (Bound, error) {
		if len(args) < least || len(args) > least+1 {
			return Bound{}, mismatch(name, syntax, args)
		}
		b := Bound{Result: t.Nullable(false), Kernel: randomKernel(len(args) > least, draw)}
		for _, a := range args {
			if !a.Type.IsInteger() && a.Type.Kind != types.Null {
				return Bound{}, mismatch(name, syntax, args)
			}
			b.Args = append(b.Args, intT.Nullable(!a.Type.NotNull))
			b.Result.NotNull = b.Result.NotNull && a.Type.NotNull
		}
		return b, nil
	}
}

func drawInt(r *kernel.JavaRandom, c *call, i int) error {
	n := c.int(len(c.args)-1, i)
	if n <= 0 {
		return errs.Dataf("the bound of RAND_INTEGER must be positive, not %d", n)
	}
	c.putInt(int(r.Int(int32(n))))
	return nil
}

func uuidKernel(ctx *kernel.Context, _ []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
	b := batch.NewBuilder(t, n)
	for range n {
		hi, lo := ctx.Rand.Uint64(), ctx.Rand.Uint64()
		hi = hi&^0xf000 | 0x4000
		lo = lo&^(3<<62) | 2<<62
		b.AppendString(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff,
			lo>>48, lo&(1<<48-1)))
	}
	return kernel.ColVec(b.Finish()), nil
}

func randomFunctions() []*Scalar {
	const rand, randInt = "RAND(), RAND(seed)", "RAND_INTEGER(bound), RAND_INTEGER(seed, bound)"
	return []*Scalar{
		{Name: "RAND", Category: "arithmetic", Syntax: rand, Determinism: PerRow,
			Doc: "A random DOUBLE from 0 up to 1. With a seed each evaluation gives the same series.",
			Infer: inferRandom("RAND", rand, false, doubleT,
				func(r *kernel.JavaRandom, c *call, _ int) error {
					c.putFloat(r.Float())
					return nil
				})},
		{Name: "RAND_INTEGER", Category: "arithmetic", Syntax: randInt, Determinism: PerRow,
			Raises: true, Doc: "A random INT from 0 up to the bound.",
			Infer: inferRandom("RAND_INTEGER", randInt, true, intT, drawInt)},
		mathScalar("UUID", "UUID()", "A random UUID (version 4).", "CHAR_LENGTH(UUID()) → 36",
			on().with(notNull).returns(types.WithPrecision(types.Char, 36), uuidKernel)).perRow(),
	}
}
