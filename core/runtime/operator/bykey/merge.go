package bykey

import (
	"bufio"
	"bytes"
	"cmp"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// cursor stands at a row of a run.
type cursor struct {
	spill *spill
	run   int
	of    run
	in    *bufio.Reader

	batch *batch.Batch
	row   int
	part  int // number of the batch in what is being merged; −1: none yet

	prefix uint64
	key    []byte
	time   int64
}

// fill reads the next batch; false: there is none.
func (c *cursor) fill() (bool, error) {
	c.drop()
	var err error
	c.batch, err = c.readFrame()
	if err != nil || c.batch == nil {
		return false, err
	}
	c.row, c.part = 0, -1
	c.look()
	return true, nil
}

func (c *cursor) drop() {
	if c.batch != nil {
		c.batch.Release()
	}
	c.batch = nil
}

// advance goes to the next row; false: there is none.
func (c *cursor) advance() (bool, error) {
	if c.row++; c.row == c.batch.Len() {
		return c.fill()
	}
	c.look()
	return true, nil
}

func (c *cursor) look() {
	c.key = c.batch.Cols[keyBytes].Bytes(c.row)
	c.prefix, c.time = prefix(c.key, 0), c.batch.Time(c.row)
}

// before orders by (key, time, port, arrival): runs are written in order of arrival.
func (c *cursor) before(o *cursor) bool {
	if c.prefix != o.prefix {
		return c.prefix < o.prefix
	}
	order := 0
	if c.prefix&0xff == goesOn {
		order = bytes.Compare(c.key, o.key)
	}
	if order == 0 {
		order = cmp.Or(cmp.Compare(c.time, o.time), cmp.Compare(c.of.port, o.of.port),
			cmp.Compare(c.run, o.run))
	}
	return order < 0
}

// merge gives out the rows of all runs.
type merge struct {
	cursors []*cursor // a heap
	parts   []*batch.Batch
	ports   []int // of the parts
	which   []int32
	rows    []int32
}

// sink moves cursor i to its place.
func (m *merge) sink(i int) {
	h := m.cursors
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if least+1 < len(h) && h[least+1].before(h[least]) {
			least++
		}
		if !h[least].before(h[i]) {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// next implements rows.
func (m *merge) next(n int) (int, *batch.Batch, error) {
	if len(m.cursors) == 0 {
		return 0, nil, nil
	}
	port := m.cursors[0].of.port
	m.which, m.rows = m.which[:0], m.rows[:0]
	for len(m.rows) < n && len(m.cursors) > 0 && m.cursors[0].of.port == port {
		if err := m.take(); err != nil {
			return 0, nil, err
		}
	}
	out := gather(m.parts, m.which, m.rows, nil)
	m.drop()
	return port, out, nil
}

// merged implements rows.
func (m *merge) merged(n int) (*operator.Merged, error) {
	if len(m.cursors) == 0 {
		return nil, nil
	}
	m.which, m.rows = m.which[:0], m.rows[:0]
	for len(m.rows) < n && len(m.cursors) > 0 {
		if err := m.take(); err != nil {
			return nil, err
		}
	}
	out := mergedOf(m.parts, m.ports, m.which, m.rows)
	m.drop()
	return out, nil
}

// take takes the first row.
func (m *merge) take() error {
	c := m.cursors[0]
	if c.part < 0 {
		c.part = len(m.parts)
		c.batch.Retain()
		m.parts, m.ports = append(m.parts, c.batch), append(m.ports, c.of.port)
	}
	m.which, m.rows = append(m.which, int32(c.part)), append(m.rows, int32(c.row))
	more, err := c.advance()
	if err != nil {
		return err
	}
	if !more {
		last := len(m.cursors) - 1
		m.cursors[0] = m.cursors[last]
		m.cursors = m.cursors[:last]
	}
	m.sink(0)
	return nil
}

// drop forgets the rows taken.
func (m *merge) drop() {
	for _, p := range m.parts {
		p.Release()
	}
	m.parts, m.ports = m.parts[:0], m.ports[:0]
	for _, c := range m.cursors {
		c.part = -1
	}
}
