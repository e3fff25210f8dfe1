package hashagg_test

import (
	"cmp"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/hashagg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

// noDisk has no room for any file.
func noDisk() fsys.FS {
	fs := fsys.NewMem()
	fs.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
		if op == fsys.OpCreate {
			return 0, syscall.ENOSPC
		}
		return -1, nil
	}
	return fs
}

// TestKeysTogether: groups come out in the order of the input, each as soon as it is complete, and
// nothing is spilled however little memory there is.
func TestKeysTogether(t *testing.T) {
	const half = 300
	for _, keys := range [][]int{{0}, {0, 1}, {1, 0}} {
		rows := random(2*half, 200)
		slices.SortFunc(rows, func(a, b row) int {
			return cmp.Or(cmp.Compare(fmt.Sprint(a.k), fmt.Sprint(b.k)), cmp.Compare(a.s, b.s))
		})
		all := aggregated(rows, keys, true)
		all = all[:len(all)-1] // without the end
		first := len(aggregated(rows[:half], keys, true)) - 2
		for _, memory := range []int64{0, 1} {
			t.Run(fmt.Sprint(keys, memory), func(t *testing.T) {
				ot.Run(t, ot.Script{
					New: func() operator.Operator {
						return hashagg.New(&plan.GroupAggregate{Keys: keys, Aggs: calls(true),
							Together: true}, in, schemaOf(keys, true))
					},
					BatchMode: true, NoRestore: true, Memory: memory, BatchRows: 7, FS: noDisk,
					Steps: []ot.Step{
						{In: input(rows[:half]), Want: all[:first]},
						{In: input(rows[half:]), Want: all[first : len(all)-1]},
						{In: ot.End(0), Want: []string{end, all[len(all)-1]}},
					},
				})
			})
		}
	}
}
