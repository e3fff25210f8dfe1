package hashjoin

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

const (
	// directShare is how many places a table by key value may have for each row.
	directShare = 16
	// directFree of them are in rowBytes.
	directFree = 4
)

// direct is a table whose buckets are the values of its only key, an integer: nothing is hashed or
// compared, and rows that come in the order of the key find what is in the cache.
type direct struct {
	low    int64
	span   uint64 // values from low on that have a bucket; 0: the table is one of hashes
	unique bool   // no bucket has two rows
}

// directOf says whether rows with a key can be in a direct table of at most so many places.
func directOf(keys []*batch.Column, n int, dead []bool, nullSafe bool) direct {
	if len(keys) != 1 || n == 0 || nullSafe {
		return direct{}
	}
	var low, high int64
	switch keys[0].Type.Kind {
	case types.BigInt:
		low, high = bounds(batch.Values[int64](keys[0])[:n], dead)
	case types.Int, types.Date:
		low, high = bounds(batch.Values[int32](keys[0])[:n], dead)
	default:
		return direct{}
	}
	if d := uint64(high) - uint64(low); low <= high && d < uint64(directShare*n) {
		return direct{low: low, span: d + 1}
	}
	return direct{}
}

// extra is the memory of the buckets that the account of the rows does not have.
func (d *direct) extra(n int) int64 { return max(int64(d.span)-directFree*int64(n), 0) * 4 }

// bounds are the least and the greatest of values; the first is greater: there is none.
func bounds[T int32 | int64](values []T, dead []bool) (int64, int64) {
	if dead == nil {
		low, high := values[0], values[0]
		for _, v := range values {
			low, high = min(low, v), max(high, v)
		}
		return int64(low), int64(high)
	}
	low, high := int64(1), int64(0)
	for i, v := range values {
		switch x := int64(v); {
		case dead[i]:
		case low > high:
			low, high = x, x
		default:
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high
}

// chain puts the rows into buckets by key.
func chain[T int32 | int64](t *table, values []T, dead []bool) {
	t.direct.unique = true
	for i := len(values) - 1; i >= 0; i-- {
		if dead != nil && dead[i] {
			continue
		}
		b := &t.first[uint64(int64(values[i]))-uint64(t.direct.low)]
		if *b != 0 {
			t.direct.unique = false
		}
		t.next[i], *b = *b, int32(i+1)
	}
}

// near is candidates of a direct table. first says that a row needs no second pair.
func near[T int32 | int64](c *cursor, t *table, keys []T, p *pairs, limit int, once, first bool) {
	low := uint64(t.direct.low)
	if t.direct.unique && c.dead == nil {
		c.row = only(t.first, keys, c.row, low, p, limit)
		return
	}
	for n := len(keys); c.row < n; c.row, c.chain = c.row+1, -1 {
		if c.dead != nil && c.dead[c.row] || once && c.hit[c.row] {
			continue
		}
		r := c.chain
		if r < 0 {
			d := uint64(int64(keys[c.row])) - low
			if d >= uint64(len(t.first)) {
				continue
			}
			r = t.first[d]
		}
		for ; r > 0; r = t.next[r-1] {
			if len(p.probe) >= limit {
				c.chain = r
				return
			}
			p.probe, p.build = append(p.probe, int32(c.row)), append(p.build, r-1)
			if first {
				break
			}
		}
	}
}

// only adds the pairs of keys from row on, none of which has two; it returns the next row.
func only[T int32 | int64](first []int32, keys []T, row int, low uint64, p *pairs, limit int) int {
	room := max(limit-len(p.probe), 1)
	end := min(len(keys), row+room)
	at := len(p.probe)
	p.grow(end - row)
	probe, build := p.probe[:at+end-row], p.build[:at+end-row]
	for ; row < end; row++ {
		d := uint64(int64(keys[row])) - low
		if d >= uint64(len(first)) {
			continue
		}
		if r := first[d]; r > 0 {
			probe[at], build[at] = int32(row), r-1
			at++
		}
	}
	p.probe, p.build = probe[:at], build[:at]
	return row
}
