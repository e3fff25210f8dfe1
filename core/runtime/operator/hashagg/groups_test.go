package hashagg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// reference numbers keys by their text.
type reference struct {
	ids  map[string]int32
	keys []string
}

func textOf(cols []*batch.Column, i int) string {
	s := ""
	for _, c := range cols {
		switch {
		case c.IsNull(i):
			s += "NULL|"
		case c.Type.Kind == types.BigInt:
			s += fmt.Sprint(batch.Values[int64](c)[i]) + "|"
		case c.Type.Kind == types.Int:
			s += fmt.Sprint(batch.Values[int32](c)[i]) + "|"
		default:
			s += c.Str(i) + "|"
		}
	}
	return s
}

func (r *reference) check(t *testing.T, g groups, cols []*batch.Column, n int, frozen bool) {
	t.Helper()
	ids, hashes, err := g.resolve(cols, n, frozen, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != n || frozen && len(hashes) != n {
		t.Fatalf("%d groups and %d hashes of %d rows", len(ids), len(hashes), n)
	}
	for i, id := range ids {
		k := textOf(cols, i)
		want, ok := r.ids[k]
		switch {
		case !ok && frozen:
			want = -1
		case !ok:
			want = int32(len(r.ids))
			r.ids[k], r.keys = want, append(r.keys, k)
		}
		if id != want {
			t.Fatalf("row %d, key %s: group %d, not %d", i, k, id, want)
		}
	}
	if g.count() != len(r.keys) {
		t.Fatalf("%d groups, not %d", g.count(), len(r.keys))
	}
	for from := 0; from < g.count(); from += 1000 {
		to := min(from+1000, g.count())
		cols, err := g.columns(from, to)
		if err != nil {
			t.Fatal(err)
		}
		for i := range to - from {
			if k := textOf(cols, i); k != r.keys[from+i] {
				t.Fatalf("group %d is %s, not %s", from+i, k, r.keys[from+i])
			}
		}
	}
}

// columnOf makes a column; math.MaxInt64-7 stands for NULL.
func columnOf(t types.Type, values []int64) *batch.Column {
	b := batch.NewBuilder(t, len(values))
	for _, v := range values {
		switch {
		case v == math.MaxInt64-7:
			b.AppendNull()
		case t.Kind == types.BigInt:
			batch.Append(b, v)
		case t.Kind == types.Int:
			batch.Append(b, int32(v))
		default:
			b.AppendString(fmt.Sprint("k", v))
		}
	}
	return b.Finish()
}

func TestGroupsAreThoseOfAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const null = math.MaxInt64 - 7
	patterns := map[string]func(i int) int64{
		"dense":      func(int) int64 { return rng.Int64N(3000) },
		"sparse":     func(int) int64 { return rng.Int64N(3000) * 1_000_003 },
		"upward":     func(i int) int64 { return int64(i / 3) },
		"downward":   func(i int) int64 { return -int64(i / 3) },
		"both ways":  func(i int) int64 { return int64(i) * int64(1-2*(i%2)) },
		"two places": func(i int) int64 { return int64(i%2)<<31 - int64(i/5) },
		"the ends":   func(i int) int64 { return math.MinInt64 + int64(i%7) - int64(i%5) },
		"wider and wider": func(i int) int64 {
			return rng.Int64N(1 << min(i/100, 40))
		},
		"with nulls": func(i int) int64 {
			if i%11 == 5 {
				return null
			}
			return rng.Int64N(500)
		},
	}
	big, num, text := types.Of(types.BigInt), types.Of(types.Int), types.String()
	for name, p := range patterns {
		for _, keys := range [][]types.Type{{big}, {num}, {text}, {big, num}, {num, text}} {
			t.Run(fmt.Sprint(name, keys), func(t *testing.T) {
				g := newGroups(keys)
				for range 2 {
					r := &reference{ids: map[string]int32{}}
					at := 0
					for b := range 24 {
						cols := make([]*batch.Column, len(keys))
						n := 1 + rng.IntN(400)
						values := make([]int64, n)
						for i := range values {
							values[i] = p(at)
							at++
						}
						for i, k := range keys {
							cols[i] = columnOf(k, values)
						}
						r.check(t, g, cols, n, b%8 == 7)
					}
					g.reset()
				}
			})
		}
	}
}

func TestKeysOfOneHashAreApart(t *testing.T) {
	text := types.String()
	g := newColumnar([]types.Type{text})
	cols := []*batch.Column{columnOf(text, []int64{1, 2, 1, 3, 2})}
	for i, want := range []int32{0, 1, 0, 2, 1} {
		if id := g.settle(cols, i, 77); id != want {
			t.Errorf("row %d: group %d, not %d", i, id, want)
		}
	}
	g.row = []uint64{77, 77, 77, 77, 77} // as if the batch came once more
	ids := g.candidates(nil)
	bad := g.cols[0].differ(cols[0], ids, nil)
	if len(bad) != 3 {
		t.Errorf("%d rows differ from the first group, not 3", len(bad))
	}
}
