package cep

import (
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
)

// run is a match, or one so far: it takes every row from start on, each for a variable. Rows of a
// key are numbered as they come.
type run struct {
	start int64
	vars  []byte // positions in the pattern
}

func (r *run) last() int64 { return r.start + int64(len(r.vars)) - 1 }

// progress is what is known about a key: matches so far in order of their start and preference,
// and complete ones that wait because one that began earlier may still become a match.
type progress struct {
	next int64 // number of the next row
	runs []run
	done []run
}

// first is the number of the oldest row that is still needed.
func (p *progress) first() int64 {
	n := p.next
	for _, r := range p.runs {
		n = min(n, r.start)
	}
	for _, r := range p.done {
		n = min(n, r.start)
	}
	return n
}

func (p *progress) encode(dst []byte) []byte {
	dst = binary.AppendVarint(dst, p.next)
	for _, list := range [][]run{p.runs, p.done} {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, r := range list {
			dst = binary.AppendVarint(dst, r.start)
			dst = binary.AppendUvarint(dst, uint64(len(r.vars)))
			dst = append(dst, r.vars...)
		}
	}
	return dst
}

func decodeProgress(src []byte) (*progress, error) {
	p := &progress{}
	if len(src) == 0 {
		return p, nil
	}
	bad := false
	number := func(n int64, size int) int64 {
		if size <= 0 {
			bad, src = true, nil
			return 0
		}
		src = src[size:]
		return n
	}
	p.next = number(binary.Varint(src))
	for _, list := range []*[]run{&p.runs, &p.done} {
		n, size := binary.Uvarint(src)
		for k := number(int64(n), size); k > 0 && !bad; k-- {
			r := run{start: number(binary.Varint(src))}
			l, size := binary.Uvarint(src)
			length := int(number(int64(l), size))
			if length > len(src) {
				bad = true
				break
			}
			r.vars, src = slices.Clone(src[:length]), src[length:]
			*list = append(*list, r)
		}
	}
	if bad {
		return nil, errs.Corruptf("the partial matches of a key are cut off")
	}
	return p, nil
}

// machine moves runs over rows.
type machine struct {
	op *plan.Match
	// takes says whether a run may take a row for a variable.
	takes func(r *run, v int, row int64) (bool, error)
	emit  func(r *run) error
	// time is the time of a row.
	time func(row int64) int64
}

// step takes the next row.
func (m *machine) step(p *progress) error {
	row := p.next
	if err := m.expire(p, m.time(row)); err != nil {
		return err
	}
	p.next++
	var runs []run
	for _, r := range append(p.runs, run{start: row}) {
		vars, err := m.options(&r, row)
		if err != nil {
			return err
		}
		for _, v := range vars {
			n := run{start: r.start, vars: append(slices.Clone(r.vars), byte(v))}
			if m.complete(&n) {
				p.done = append(p.done, n)
			} else {
				runs = append(runs, n)
			}
		}
	}
	p.runs = runs
	return m.release(p)
}

// count is where a run stands in the pattern, and how many rows it has taken there.
func (r *run) count() (element, n int) {
	if len(r.vars) == 0 {
		return -1, 0
	}
	last := r.vars[len(r.vars)-1]
	for i := len(r.vars) - 1; i >= 0 && r.vars[i] == last; i-- {
		n++
	}
	return int(last), n
}

func (m *machine) complete(r *run) bool {
	at, n := r.count()
	return at == len(m.op.Pattern)-1 && n >= m.op.Pattern[at].Min
}

// options are the variables for which a run takes a row, the preferred one first. As in Flink, a
// greedy variable that can take a row leaves it to no other, but for one that is just optional (?),
// which Flink takes both ways; with those and reluctant ones, of the matches
// from one row the one that ends first counts, and of those that end together the one in which
// the earlier variables took more.
func (m *machine) options(r *run, row int64) ([]int, error) {
	at, n := r.count()
	var again, on []int
	greedy := false
	if at >= 0 {
		e := m.op.Pattern[at]
		if e.Max < 0 || n < e.Max {
			ok, err := m.takes(r, at, row)
			if err != nil {
				return nil, err
			}
			if ok {
				again, greedy = []int{at}, !e.Reluctant
			}
		}
		if n < e.Min || greedy {
			return again, nil
		}
	}
	for v := at + 1; v < len(m.op.Pattern); v++ {
		ok, err := m.takes(r, v, row)
		if err != nil {
			return nil, err
		}
		if ok {
			on = append(on, v)
		}
		if e := m.op.Pattern[v]; e.Min > 0 || ok && !e.Reluctant && e.Max != 1 {
			break
		}
	}
	return append(again, on...), nil
}

// expire ends the runs that have lasted too long at a time.
func (m *machine) expire(p *progress, now int64) error {
	if m.op.WithinMs <= 0 {
		return nil
	}
	n := len(p.runs)
	p.runs = slices.DeleteFunc(p.runs, func(r run) bool {
		return now-m.time(r.start) >= m.op.WithinMs
	})
	if len(p.runs) == n {
		return nil
	}
	return m.release(p)
}

// release emits the complete matches before which no other can begin any more.
func (m *machine) release(p *progress) error {
	slices.SortStableFunc(p.done, func(a, b run) int { return int(a.start - b.start) })
	for len(p.done) > 0 {
		r := p.done[0]
		if slices.ContainsFunc(p.runs, func(o run) bool { return o.start < r.start }) {
			return nil
		}
		if err := m.emit(&r); err != nil {
			return err
		}
		from, err := m.skip(&r)
		if err != nil {
			return err
		}
		before := func(o run) bool { return o.start < from }
		p.runs = slices.DeleteFunc(p.runs, before)
		p.done = slices.DeleteFunc(p.done[1:], before)
	}
	return nil
}

// skip is the row from which on matches may begin after a match.
func (m *machine) skip(r *run) (int64, error) {
	switch m.op.SkipTo {
	case "next-row":
		return r.start + 1, nil
	case "past-last-row":
		return r.last() + 1, nil
	}
	at := -1
	for i, v := range r.vars {
		if m.op.Pattern[v].Var == m.op.SkipVar && (at < 0 || m.op.SkipTo == "last") {
			at = i
		}
	}
	switch {
	case at < 0:
		return 0, errs.Dataf("AFTER MATCH SKIP TO %s: the match has no row of it", m.op.SkipVar)
	case at == 0:
		return 0, errs.Dataf("AFTER MATCH SKIP TO %s: it is the first row of the match, which would "+
			"be found again and again", m.op.SkipVar).Fix("skip to another variable")
	}
	return r.start + int64(at), nil
}
