package function

import (
	"hash/fnv"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
)

// hashCode binds the hash that plans use to spread values. It is over the encoding of rows in
// state, and like that one does not change.
func hashCode(args []Arg) (Bound, error) {
	if len(args) != 1 {
		return Bound{}, mismatch("HASH_CODE", "HASH_CODE(value)", args)
	}
	return Bound{Args: []types.Type{args[0].Type}, Result: intT.Nullable(false), Kernel: hashCodes},
		nil
}

func hashCodes(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
	if args[0].Const {
		n = 1
	}
	enc, err := rowcodec.NewEncoder([]*batch.Column{args[0].Col})
	if err != nil {
		return kernel.Vec{}, err
	}
	out := make([]int32, n)
	var row []byte
	for i := range out {
		row = enc.Append(row[:0], i)
		h := fnv.New32a()
		_, _ = h.Write(row)
		out[i] = int32(h.Sum32() & math.MaxInt32)
	}
	return kernel.Vec{Col: batch.MakeFixed(t, out, nil), Const: args[0].Const}, nil
}
