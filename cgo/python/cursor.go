package python

/*
#include "calls.h"
#include "program.h"
*/
import "C"

import (
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
)

// Cursor runs a table function, the only call of its Program, over a batch piece by piece.
type Cursor struct {
	p *Program
	c C.hr_cursor
}

// NewCursor makes a cursor without a batch.
func NewCursor(p *Program) *Cursor { return &Cursor{p: p} }

// Start begins a batch of n rows; its columns stay bound until the batch is done or dropped. The
// GIL is held.
func (c *Cursor) Start(in []*batch.Column, n int) {
	c.Drop()
	c.p.Bind(in)
	c.c.row, c.c.n = 0, C.int64_t(n)
}

// Next returns up to limit rows, fewer when they hold maxBytes before, and the input row of each.
// The GIL is held.
func (c *Cursor) Next(limit int, maxBytes int64) (out []*batch.Column, rows []int32, done bool,
	err error) {
	limit = max(limit, 1)
	rows = make([]int32, limit)
	n := C.hr_table_next(c.p.p, &c.c, C.int64_t(limit), C.int64_t(maxBytes),
		(*C.int32_t)(unsafe.Pointer(&rows[0])), &c.p.stop)
	if n < 0 {
		err := c.p.failed()
		c.Drop()
		return nil, nil, false, err
	}
	out = c.p.take()
	if c.c.row == c.c.n {
		c.Drop()
		done = true
	}
	return out, rows[:n:n], done, nil
}

// Drop ends the batch where it is. The GIL is held.
func (c *Cursor) Drop() {
	C.hr_cursor_drop(&c.c)
	c.c.row, c.c.n = 0, 0
	c.p.Unbind()
}
