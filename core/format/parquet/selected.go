package parquet

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/core/data/batch"
)

// mostRows is the share of rows from which on they are all decoded: the filter behind the source
// drops the others.
const mostRows = 0.75

// selectedRecord decodes the next rows of the group for which the conditions hold: first the
// columns of conditions, then the others, and of texts in a dictionary only the numbers before it
// is known which rows are wanted.
func (r *reader) selectedRecord() error {
	n := int(min(int64(r.size), r.inGroup))
	for _, t := range r.tests { // batches end with the pages of texts that are tested
		if c := r.flat[t.at]; t.same != nil {
			if err := c.ahead(); err != nil {
				return err
			}
			n = min(n, c.inPage)
		}
	}
	r.keep = r.keep[:0]
	for i := range n {
		r.keep = append(r.keep, int32(i))
	}
	keep := r.keep
	have, coded := make([]arrow.Array, len(r.flat)), make([]*texts, len(r.flat))
	for i := range r.tests {
		t := &r.tests[i]
		c := r.flat[t.at]
		if v, ok := c.values.(*texts); ok && have[t.at] == nil && c.data.coded {
			if coded[t.at] == nil && !c.numbers(v, n) {
				return damaged()
			}
			coded[t.at] = v
			keep = v.pass(t, keep)
			continue
		}
		if have[t.at] == nil {
			var err error
			if have[t.at], err = c.read(n); err != nil {
				return err
			}
		}
		keep = t.pass(have[t.at], keep)
	}
	r.inGroup -= int64(n)
	some := float64(len(keep)) <= mostRows*float64(n)
	if !some { // in place, as keep begins r.keep
		keep = r.keep[:n]
		for i := range keep {
			keep[i] = int32(i)
		}
	}
	return r.others(have, coded, n, keep, some)
}

// others decodes what has not been decoded, of the rows to keep.
func (r *reader) others(
	have []arrow.Array, coded []*texts, n int, keep []int32, some bool,
) (err error) {
	whole := make([]bool, len(r.flat)) // columns that have all rows still
	for i, c := range r.flat {
		v, choose := c.values.(chooser)
		switch {
		case coded[i] != nil:
			have[i], err = c.texts(coded[i], keep)
		case have[i] != nil:
			whole[i] = some
		case some && choose:
			have[i], err = c.some(v, n, keep)
		default:
			have[i], err = c.read(n)
			whole[i] = some
		}
		if err != nil {
			return err
		}
	}
	if len(keep) == 0 {
		return nil
	}
	if !some {
		return r.take(have, n)
	}
	return r.takeOf(have, len(keep), func(i int, c *batch.Column) *batch.Column {
		if whole[i] {
			return batch.Take(c, keep)
		}
		return c
	})
}

// ahead begins the next data page when the last one is used up.
func (c *column) ahead() error {
	for c.inPage == 0 {
		if err := c.page(); err != nil {
			return err
		}
	}
	return nil
}

// some decodes the rows to keep of the next n.
func (c *column) some(v chooser, n int, keep []int32) (arrow.Array, error) {
	v.begin(len(keep))
	var valid []byte
	nulls, done := 0, 0 // of the rows to keep
	for from := 0; from < n; {
		if err := c.ahead(); err != nil {
			return nil, err
		}
		rows, here := min(n-from, c.inPage), 0
		for here < len(keep) && int(keep[here]) < from+rows {
			here++
		}
		ones := rows
		if c.optional {
			if cap(c.set) < rows {
				c.set = make([]byte, n)
			}
			var ok bool
			if ones, ok = c.levels.flags(c.set[:rows]); !ok {
				return nil, damaged()
			}
		}
		wanted, first := keep[:here], int32(from)
		if ones < rows {
			wanted, first = c.stored(keep[:here], from, rows), 0
		}
		if !v.choose(&c.data, ones, wanted, first) {
			return nil, damaged()
		}
		if len(wanted) < here {
			v.spread(c.wanted, len(wanted))
			if valid == nil {
				valid = batch.NewValid(done + len(keep))
			}
			for i, set := range c.wanted {
				if set == 0 {
					batch.ClearBit(valid, done+i)
					nulls++
				}
			}
		}
		keep = keep[here:]
		done += here
		c.inPage -= rows
		from += rows
	}
	return c.array(done, valid, nulls), nil
}

// stored finds where among the values of a page's next rows, whose flags are in c.set, those of
// the rows to keep are; c.wanted has a 1 for each of these rows that is not null.
func (c *column) stored(keep []int32, from, rows int) []int32 {
	c.places, c.wanted = c.places[:0], c.wanted[:0]
	at, next := int32(0), 0
	for i, set := range c.set[:rows] {
		if next < len(keep) && int(keep[next]) == from+i {
			next++
			c.wanted = append(c.wanted, set)
			if set != 0 {
				c.places = append(c.places, at)
			}
		}
		at += int32(set)
	}
	return c.places
}

// chooser are values of which some rows can be had.
type chooser interface {
	values
	// choose takes of the next rows of the batch, all without nulls, those in keep, which counts
	// from a row before them.
	choose(p *dataOf, rows int, keep []int32, from int32) bool
	// spread moves the last n values to where set has its n ones.
	spread(set []byte, n int)
}

var (
	_ chooser = (*number[int64])(nil)
	_ chooser = (*texts)(nil)
)

func (v *number[T]) spread(set []byte, n int) {
	from := v.at - n
	v.at = from + len(set)
	spread(v.out[from:v.at], n, set)
}

func (v *number[T]) choose(p *dataOf, rows int, keep []int32, from int32) bool {
	dst := v.out[v.at : v.at+len(keep)]
	v.at += len(keep)
	if !p.coded {
		if len(p.plain)/v.width < rows {
			return false
		}
		for i := 0; i < len(keep); { // runs of rows
			at, to := int(keep[i]-from), i+1
			for to < len(keep) && keep[to] == keep[to-1]+1 {
				to++
			}
			v.plain(dst[i:to], p.plain[at*v.width:])
			i = to
		}
		p.plain = p.plain[rows*v.width:]
		return true
	}
	if len(keep) == 0 {
		return p.codes.skip(rows)
	}
	if v.codes = room(v.codes, rows); !p.codes.read(v.codes) {
		return false
	}
	for i, k := range keep { // in place, as rows to keep ascend
		v.codes[i] = v.codes[k-from]
	}
	return v.dict.find(v.codes[:len(keep)], dst)
}

// room is s with n elements.
func room(s []uint32, n int) []uint32 {
	if cap(s) < n {
		s = make([]uint32, max(n, 8192))
	}
	return s[:n]
}

func (v *texts) spread(set []byte, n int) {
	from := v.at - n
	v.at = from + len(set)
	for i := len(set) - 1; i >= 0; i-- {
		v.offs[from+1+i] = v.offs[from+n]
		n -= int(set[i])
	}
}

func (v *texts) choose(p *dataOf, rows int, keep []int32, from int32) bool {
	offs := v.offs[v.at : v.at+len(keep)+1]
	v.at += len(keep)
	if p.coded {
		if len(keep) == 0 {
			return p.codes.skip(rows)
		}
		if v.codes = room(v.codes, rows); !p.codes.read(v.codes) {
			return false
		}
		return v.fromDictionary(offs, v.codes, keep, from)
	}
	src, next := p.plain, 0
	for i := range int32(rows) {
		if len(src) < 4 {
			return false
		}
		size := binary.LittleEndian.Uint32(src)
		if src = src[4:]; size > uint32(len(src)) {
			return false
		}
		if next < len(keep) && keep[next]-from == i {
			if !v.grow(int(size)) {
				return false
			}
			v.bytes = append(v.bytes, src[:size]...)
			next++
			offs[next] = int32(len(v.bytes))
		}
		src = src[size:]
	}
	p.plain = src
	return true
}

// fromDictionary takes the texts of rows to keep by their numbers.
func (v *texts) fromDictionary(offs []int32, codes []uint32, keep []int32, from int32) bool {
	entries, size := uint32(max(len(v.dictOffs)-1, 0)), 0
	for _, k := range keep {
		c := codes[k-from]
		if c == noCode {
			continue
		}
		if c >= entries {
			return false
		}
		size += int(v.dictOffs[c+1] - v.dictOffs[c])
	}
	if !v.grow(size + shortText) {
		return false
	}
	out, at := v.bytes[:cap(v.bytes)], len(v.bytes)
	for i, k := range keep {
		if c := codes[k-from]; c != noCode {
			at = v.put(out, at, c)
		}
		offs[i+1] = int32(at)
	}
	v.bytes = out[:at]
	return true
}

// noCode stands for NULL.
const noCode = ^uint32(0)

// numbers reads the numbers of the dictionary's entries of the next n rows, which are in one page.
func (c *column) numbers(v *texts, n int) bool {
	v.codes = room(v.codes, n)
	c.inPage -= n
	if !c.optional {
		return c.data.codes.read(v.codes) && v.known(v.codes)
	}
	if cap(c.set) < n {
		c.set = make([]byte, n)
	}
	ones, ok := c.levels.flags(c.set[:n])
	if !ok || !c.data.codes.read(v.codes[:ones]) || !v.known(v.codes[:ones]) {
		return false
	}
	if ones < n {
		spread(v.codes, ones, c.set[:n])
		for i, set := range c.set[:n] {
			if set == 0 {
				v.codes[i] = noCode
			}
		}
	}
	return true
}

// known says whether the dictionary has all the numbers.
func (v *texts) known(codes []uint32) bool {
	most := uint32(0)
	for _, c := range codes {
		most = max(most, c)
	}
	return len(codes) == 0 || int(most) < len(v.dictOffs)-1
}

// pass leaves of keep the rows whose text a condition holds for; each entry of the dictionary is
// tested once.
func (v *texts) pass(t *tests, keep []int32) []int32 {
	entries := uint32(max(len(v.dictOffs)-1, 0))
	if t.of != v.epoch {
		t.of, t.verdicts = v.epoch, t.verdicts[:0]
		for c := range entries {
			ok := t.same(v.dictBytes[v.dictOffs[c]:v.dictOffs[c+1]])
			t.verdicts = append(t.verdicts, ok)
		}
	}
	n := 0
	for _, i := range keep {
		if c := v.codes[i]; c != noCode && t.verdicts[c] {
			keep[n] = i
			n++
		}
	}
	return keep[:n]
}

// texts makes the column of the rows to keep whose numbers v has read.
func (c *column) texts(v *texts, keep []int32) (arrow.Array, error) {
	v.begin(len(keep))
	nulls := 0
	var valid []byte
	for i, k := range keep {
		if v.codes[k] == noCode {
			if valid == nil {
				valid = batch.NewValid(len(keep))
			}
			batch.ClearBit(valid, i)
			nulls++
		}
	}
	if !v.fromDictionary(v.offs, v.codes, keep, 0) {
		return nil, damaged()
	}
	return c.array(len(keep), valid, nulls), nil
}
