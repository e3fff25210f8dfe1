package segment

import (
	"bytes"

	"github.com/headrace/headrace/core/state"
)

// Source is records in order: an Iter, a Merge, or a capture.
type Source interface {
	Next() bool
	Record() Record
	Err() error
}

// Merge walks over several sources at once, each key once with its newest state. Keys that are
// dead come out dead; a body may still begin with deltas when no source has what they apply to.
type Merge struct {
	heads []head // a heap: smallest (group, key) first, newest first among equals
	rec   Record
	key   []byte
	body  []byte
	first []byte // copy of the newest body
	parts []Record
	err   error
}

type head struct {
	src Source
	rec Record
	age int // 0 is the newest
}

// NewMerge merges sources that are given oldest first and whose bodies use the same columns.
func NewMerge(sources []Source) *Merge {
	m := &Merge{}
	for i, s := range sources {
		m.push(head{src: s, age: len(sources) - 1 - i})
	}
	return m
}

func (m *Merge) push(h head) {
	if !h.src.Next() {
		if err := h.src.Err(); err != nil {
			m.err = err
		}
		return
	}
	h.rec = h.src.Record()
	m.heads = append(m.heads, h)
	for i := len(m.heads) - 1; i > 0; {
		up := (i - 1) / 2
		if !before(&m.heads[i], &m.heads[up]) {
			break
		}
		m.heads[i], m.heads[up] = m.heads[up], m.heads[i]
		i = up
	}
}

func before(a, b *head) bool {
	if a.rec.Group != b.rec.Group {
		return a.rec.Group < b.rec.Group
	}
	if c := bytes.Compare(a.rec.Key, b.rec.Key); c != 0 {
		return c < 0
	}
	return a.age < b.age
}

// advance moves the first source on and puts the heap in order again.
func (m *Merge) advance() {
	h := &m.heads[0]
	if h.src.Next() {
		h.rec = h.src.Record()
	} else {
		if err := h.src.Err(); err != nil {
			m.err = err
		}
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
	}
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(m.heads); c++ {
			if before(&m.heads[c], &m.heads[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		m.heads[i], m.heads[least] = m.heads[least], m.heads[i]
		i = least
	}
}

// Next goes to the next key.
func (m *Merge) Next() bool {
	if m.err != nil || len(m.heads) == 0 {
		return false
	}
	top := m.heads[0].rec
	m.key = append(m.key[:0], top.Key...)
	m.body = m.body[:0]
	m.rec = Record{Group: top.Group, Key: m.key, Dead: top.Dead}
	m.parts = m.parts[:0]
	open := true // older records may still matter
	for len(m.heads) > 0 && m.err == nil {
		rec := m.heads[0].rec
		if rec.Group != m.rec.Group || !bytes.Equal(rec.Key, m.key) {
			break
		}
		if open {
			if len(m.parts) == 0 {
				m.first = append(m.first[:0], rec.Body...)
				rec.Body = m.first
			} else {
				rec.Body = append([]byte(nil), rec.Body...)
			}
			m.parts = append(m.parts, rec)
			open = !rec.Dead && HasDelta(rec.Body)
		}
		m.advance()
	}
	m.body = join(m.parts, m.body)
	m.rec.Body = m.body
	return m.err == nil
}

// Record returns the current record.
func (m *Merge) Record() Record { return m.rec }

// Err returns what ended the iteration early.
func (m *Merge) Err() error { return m.err }

// HasDelta says whether a column of the body has its value in an older file.
func HasDelta(body []byte) bool {
	last := -1
	for {
		column, delta, _, rest, ok := NextEntry(body)
		if !ok {
			return false
		}
		if column != last && delta {
			return true
		}
		last, body = column, rest
	}
}

// join appends to dst the body that newest-first bodies of one key make.
func join(parts []Record, dst []byte) []byte {
	if len(parts) == 1 {
		return append(dst, parts[0].Body...)
	}
	for body := parts[0].Body; ; {
		column, delta, v, rest, ok := NextEntry(body)
		if !ok {
			return dst
		}
		if delta {
			dst = older(parts[1:], column, dst)
		}
		dst = AppendEntry(dst, column, delta, v)
		body = skipColumn(rest, column, &dst)
	}
}

// skipColumn copies the further entries of a column.
func skipColumn(body []byte, column int, dst *[]byte) []byte {
	for {
		c, delta, v, rest, ok := NextEntry(body)
		if !ok || c != column {
			return body
		}
		*dst = AppendEntry(*dst, c, delta, v)
		body = rest
	}
}

// older appends the entries of a column from the older bodies, oldest first.
func older(parts []Record, column int, dst []byte) []byte {
	if len(parts) == 0 || parts[0].Dead {
		return dst
	}
	body := parts[0].Body
	for {
		c, delta, v, rest, ok := NextEntry(body)
		if !ok {
			return dst
		}
		if c == column {
			if delta {
				dst = older(parts[1:], column, dst)
			}
			dst = AppendEntry(dst, c, delta, v)
			skipColumn(rest, column, &dst)
			return dst
		}
		body = rest
	}
}

// Recolumn renumbers the columns of a source's bodies; entries of columns mapped to -1 are left
// out.
func Recolumn(src Source, to []int) Source {
	same := true
	for i, c := range to {
		same = same && i == c
	}
	if same {
		return src
	}
	return &recolumn{Source: src, to: to}
}

type recolumn struct {
	Source
	to   []int
	body []byte
}

func (r *recolumn) Record() Record {
	rec := r.Source.Record()
	r.body = r.body[:0]
	for body := rec.Body; ; {
		column, delta, v, rest, ok := NextEntry(body)
		if !ok {
			break
		}
		if column < len(r.to) && r.to[column] >= 0 {
			r.body = AppendEntry(r.body, r.to[column], delta, v)
		}
		body = rest
	}
	rec.Body = r.body
	return rec
}

// InGroups leaves out the records of other key groups.
func InGroups(src Source, groups state.GroupRange) Source { return &inGroups{src, groups} }

type inGroups struct {
	Source
	groups state.GroupRange
}

func (g *inGroups) Next() bool {
	for g.Source.Next() {
		if g.groups.Has(g.Source.Record().Group) {
			return true
		}
	}
	return false
}
