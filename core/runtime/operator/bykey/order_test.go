package bykey

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

var keySchema = types.NewSchema(types.F("value", types.Of(types.BigInt)),
	types.F("key", types.Of(types.BigInt)), types.F("keybytes", types.Of(types.Varbinary)))

// holding makes a buffer of batches of keys; ports and times by row, both may be nil.
func holding(keys [][]byte, perBatch int, port func(i int) int, time func(i int) int64) *buffer {
	f := &buffer{}
	for from := 0; from < len(keys); from += perBatch {
		b := batch.NewRowBuilder(keySchema, perBatch)
		for i := from; i < min(from+perBatch, len(keys)); i++ {
			batch.Append(b.Cols[0], int64(i))
			batch.Append(b.Cols[1], int64(i))
			b.Cols[2].AppendBytes(keys[i])
			if time != nil {
				b.Times = append(b.Times, time(i))
			}
		}
		p := 0
		if port != nil {
			p = port(from)
		}
		f.keep(p, b.Finish())
	}
	return f
}

func TestRowsAreInOrderOfKeyTimePortAndArrival(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	long := strings.Repeat("long", 30)
	shapes := map[string]func() string{
		"few":      func() string { return fmt.Sprint(r.IntN(3)) },
		"short":    func() string { return string([]byte{1, 2, byte(r.IntN(256)), byte(r.IntN(40))}) },
		"zeros":    func() string { return strings.Repeat("\x00", r.IntN(12)) },
		"seven":    func() string { return "1234567" + strings.Repeat("\x00", r.IntN(3)) },
		"texts":    func() string { return fmt.Sprintf("customer-%07d", r.IntN(900)) },
		"endings":  func() string { return long[:r.IntN(len(long))] },
		"far":      func() string { return long + fmt.Sprint(r.IntN(50)) },
		"anything": func() string { return string(binaryOf(r)) },
	}
	for name, shape := range shapes {
		for _, n := range []int{1, 2, 100, 3000} {
			keys := make([][]byte, n)
			for i := range keys {
				keys[i] = []byte(shape())
			}
			for _, timed := range []bool{false, true} {
				time := func(i int) int64 { return int64(i * 7919 % 5) }
				if !timed {
					time = nil
				}
				f := holding(keys, 64, func(from int) int { return from / 64 % 2 }, time)
				want := slices.Clone(f.refs)
				slices.SortStableFunc(want, func(a, b ref) int {
					x, y := &f.batches[a.batch], &f.batches[b.batch]
					return cmp.Or(bytes.Compare(f.key(&a), f.key(&b)),
						cmp.Compare(x.Time(int(a.row)), y.Time(int(b.row))),
						cmp.Compare(x.port, y.port))
				})
				f.sort()
				for i := range want {
					if f.refs[i].batch != want[i].batch || f.refs[i].row != want[i].row {
						t.Fatalf("%s, %d rows, times %v: row %d is %v, want %v", name, n, timed, i,
							f.refs[i], want[i])
					}
				}
				m, at := &inMemory{buffer: f}, 0
				for {
					_, rows, _ := m.next(50)
					if rows == nil {
						break
					}
					for i := range rows.Len() {
						if got := rows.Cols[2].Bytes(i); !bytes.Equal(got, f.key(&want[at])) {
							t.Fatalf("%s: row %d has the key %q", name, at, got)
						}
						at++
					}
				}
			}
		}
	}
}

func binaryOf(r *rand.Rand) []byte {
	b := make([]byte, r.IntN(20))
	for i := range b {
		b[i] = byte(r.IntN(3))
	}
	return b
}

func BenchmarkSortAndGather(b *testing.B) {
	const n = 1 << 18
	keys := make([][]byte, n)
	for i := range keys {
		k := i * 7919 % (n / 2)
		keys[i] = []byte{1, 3, 3, byte(k), byte(k >> 8), byte(k >> 16)}
	}
	f := holding(keys, 8192, nil, nil)
	refs := slices.Clone(f.refs)
	for b.Loop() {
		copy(f.refs, refs)
		f.sort()
		m := &inMemory{buffer: f}
		for {
			if _, rows, _ := m.next(8192); rows == nil {
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}
