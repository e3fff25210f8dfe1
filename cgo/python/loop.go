package python

/*
#include "loop.h"
#include "objects.h"
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Loop is a fused chain of functions that C runs row by row (loop.h). All methods need the GIL,
// and come from one thread, unless they say otherwise.
type Loop struct {
	l       *C.hr_loop
	ref     *Ref
	ops     []TimerOp
	columns map[int]*Typed // by output

	keyColumn *Typed
}

// What Loop.Run returns.
const (
	LoopDone = iota
	LoopFull
	LoopTimers
	LoopOrder
	LoopEach
	LoopSlice
)

// NewLoop makes a loop with a number of outputs (main and sides) of live objects.
func NewLoop(outputs int) (*Loop, error) {
	if err := InitLoops(); err != nil {
		return nil, err
	}
	l := C.hr_loop_new(C.int(outputs))
	if l == nil {
		return nil, fetched()
	}
	return &Loop{l: l, ref: NewRef(Object{(*C.PyObject)(unsafe.Pointer(l))}),
		columns: map[int]*Typed{}}, nil
}

// Typed makes an output one of a column, which values are converted into as they come; before
// anything is fed. rows says that they are Rows, whose kinds count. The converter is the loop's
// until Close, but for reading.
func (l *Loop) Typed(output int, c *Typed, rows bool) {
	o := l.out(output)
	o.column, o.rows = c.out, cBool(rows)
	o.weight = C.hr_type_weight(c.out._type)
	l.columns[output] = c
}

// TypedKeys does the same for the keys of a loop that ends in a key selector.
func (l *Loop) TypedKeys(c *Typed) {
	l.out(0).key_column = c.out
	l.keyColumn = c
}

// Object is the loop as Python sees it, borrowed.
func (l *Loop) Object() Object { return l.ref.Object() }

// Close drops all that the loop holds; its tables are empty from then on.
func (l *Loop) Close() {
	C.hr_loop_close(l.l)
	l.ref.Release()
}

// FeedRows feeds the rows from from on. Keys, slots and times may be nil; slots are those of the
// rows from from on.
func (l *Loop) FeedRows(port, from int, values, keys *Source, slots []int32, times []int64) error {
	var c [2]C.hr_source
	v := values.fill(&c[0])
	k := keys.fill(&c[1])
	return status(C.hr_feed_rows(l.l, C.int(port), C.int(from), C.int(values.n), v, k,
		i32(slots), i64(times)))
}

// FeedMerged feeds rows of several keyed ports: row i is row at[i] of port ports[i], whose values and
// keys are sources 2·port and 2·port+1.
func (l *Loop) FeedMerged(ports, at []int32, sources []*Source, slots []int32,
	times []int64) error {
	var c [2 * C.HR_PORTS]C.hr_source
	if len(sources) > len(c) {
		return fmt.Errorf("rows of %d ports are merged", len(sources)/2)
	}
	for i, s := range sources {
		s.fill(&c[i])
	}
	return status(C.hr_feed_merged(l.l, C.int(len(at)), i32(ports), i32(at), &c[0], i32(slots),
		i64(times)))
}

// FeedMarks gives the watermarks of the rows fed.
func (l *Loop) FeedMarks(marks []batch.Mark) error {
	if len(marks) == 0 {
		return nil
	}
	pairs := make([]int64, 0, 2*len(marks))
	for _, m := range marks {
		pairs = append(pairs, int64(m.Row), m.Time)
	}
	return status(C.hr_feed_marks(l.l, i64(pairs), C.int(len(marks))))
}

// FeedStarts says at which of the rows fed the next key begins, all in one slot: see hr_feed_starts.
func (l *Loop) FeedStarts(rows []int32) error {
	return status(C.hr_feed_starts(l.l, i32(rows), C.int(len(rows))))
}

// FeedRest goes on with the rows left after LoopTimers, under new slots.
func (l *Loop) FeedRest(slots []int32) error {
	return status(C.hr_feed_rest(l.l, i32(slots)))
}

// FeedTimers feeds timers with the bytes of their keys; key i ends at ends[i].
func (l *Loop) FeedTimers(domain int, times []int64, slots []int32, keys []byte,
	ends []int32) error {
	if C.hr_feed_timers(l.l, C.int(domain), C.int(len(times)), i64(times), i32(slots)) != 0 {
		return fetched()
	}
	return status(C.hr_feed_key_bytes(l.l, u8(keys), i32(ends)))
}

// FeedKeys feeds keys with their bytes.
func (l *Loop) FeedKeys(slots []int32, keys []byte, ends []int32) error {
	if C.hr_feed_keys(l.l, C.int(len(slots)), i32(slots)) != 0 {
		return fetched()
	}
	return status(C.hr_feed_key_bytes(l.l, u8(keys), i32(ends)))
}

// FeedEnd feeds the end of an input.
func (l *Loop) FeedEnd(port int) error { return status(C.hr_feed_end(l.l, C.int(port))) }

// FeedWatermark feeds a watermark.
func (l *Loop) FeedWatermark(w int64) error {
	return status(C.hr_feed_watermark(l.l, C.int64_t(w)))
}

// FeedPoll feeds a call of the poll method.
func (l *Loop) FeedPoll() error { return status(C.hr_feed_poll(l.l)) }

// Polls says whether there is a poll method. No GIL.
func (l *Loop) Polls() bool { return l.l.on_poll != nil }

// Run runs until the feed is done or it has to stop: one of LoopDone….
func (l *Loop) Run(watermark, now, nextTimer int64, maxRows int, maxBytes int64) (int, error) {
	stop := C.hr_loop_run(l.l, C.int64_t(watermark), C.int64_t(now), C.int64_t(nextTimer),
		C.int(maxRows), C.int64_t(maxBytes))
	if stop < 0 {
		return 0, fetched()
	}
	return int(stop), nil
}

// Stand has processing time stand still during Run, or go on with the machine's clock.
func (l *Loop) Stand(still bool) { l.l.still = cBool(still) }

// EndEach ends the visit to all keys after LoopEach.
func (l *Loop) EndEach() { C.hr_loop_end_each(l.l) }

// Position is the next row and the watermark in force. No GIL.
func (l *Loop) Position() (row int, watermark int64) {
	return int(l.l.in.row), int64(l.l.watermark)
}

// Rewind sets the watermark back to the least. No GIL.
func (l *Loop) Rewind() { l.l.watermark = C.INT64_MIN }

// Mark records a watermark in the outputs. No GIL.
func (l *Loop) Mark(watermark int64) { C.hr_emit_mark(l.l, C.int64_t(watermark)) }

// Unfired ends a feed of timers and returns those not fired, copied.
func (l *Loop) Unfired() (times []int64, slots []int32) {
	n := int(C.hr_loop_unfired(l.l))
	if n == 0 {
		return nil, nil
	}
	return copied[int64](unsafe.Pointer(l.l.in.times), n),
		copied[int32](unsafe.Pointer(l.l.in.slots), n)
}

// TimerOp is a timer set or deleted.
type TimerOp struct {
	Time   int64
	Slot   int32
	Domain uint8
	Delete bool
}

// Effects takes what was done to state and timers since the last call; dirty is valid until the
// next Run, ops until the next Effects. No GIL.
func (l *Loop) Effects() (dirty []int32, ops []TimerOp) {
	c := l.l
	if n := int(c.n_dirty); n > 0 {
		dirty = unsafe.Slice((*int32)(unsafe.Pointer(c.dirty)), n)
		C.hr_loop_clean(c)
	}
	l.ops = l.ops[:0]
	if n := int(c.n_ops); n > 0 {
		for _, op := range unsafe.Slice(c.ops, n) {
			l.ops = append(l.ops, TimerOp{Time: int64(op.time), Slot: int32(op.slot),
				Domain: uint8(op.domain), Delete: op.del != 0})
		}
		c.n_ops = 0
	}
	c.new_timer = 1<<63 - 1
	return dirty, l.ops
}

func (l *Loop) out(i int) *C.hr_output { return &unsafe.Slice(l.l.outs, int(l.l.n_outs))[i] }

// Waiting is the number of rows and marks in an output. No GIL.
func (l *Loop) Waiting(output int) (rows, marks int) {
	o := l.out(output)
	return int(o.n), int(o.n_marks)
}

// Taken is what waited in an output.
type Taken struct {
	Values, Keys []uint64 // references, the taker's
	// Column is the values of a typed output, in place of Values, and KeyColumn typed keys in place
	// of Keys.
	Column, KeyColumn *batch.Column
	Kinds             []types.RowKind // what Rows in Column do to a table; nil: all inserts
	KeyBytes          []byte
	KeyOffsets        []int32 // len n+1; nil without keys
	Times             []int64 // nil: no row has one
	Marks             []batch.Mark
	Bytes             int64 // estimate of the values
}

// Take empties an output. No GIL.
func (l *Loop) Take(output int) Taken {
	o := l.out(output)
	n := int(o.n)
	t := Taken{Bytes: int64(o.bytes)}
	if typed := l.columns[output]; typed != nil {
		t.Column = takeColumn(typed.out, typed.t)
		if o.kinded != 0 {
			t.Kinds = copied[types.RowKind](unsafe.Pointer(o.kinds), n)
		}
	} else {
		t.Values = make([]uint64, n)
	}
	if o.keyed != 0 {
		if l.keyColumn != nil {
			t.KeyColumn = takeColumn(l.keyColumn.out, l.keyColumn.t)
		} else {
			t.Keys = make([]uint64, n)
		}
		t.KeyBytes = copied[byte](unsafe.Pointer(o.key_bytes.data), int(o.key_bytes.len))
		t.KeyOffsets = make([]int32, 1, n+1)
		if n > 0 {
			t.KeyOffsets = append(t.KeyOffsets,
				unsafe.Slice((*int32)(unsafe.Pointer(o.key_ends)), n)...)
		}
	}
	if o.timed != 0 {
		t.Times = copied[int64](unsafe.Pointer(o.times), n)
	}
	if m := int(o.n_marks); m > 0 {
		pairs := unsafe.Slice((*int64)(unsafe.Pointer(o.marks)), 2*m)
		for i := range m {
			t.Marks = append(t.Marks, batch.Mark{Row: int(pairs[2*i]), Time: pairs[2*i+1]})
		}
	}
	C.hr_emit_take(o, u64(t.Values), u64(t.Keys))
	C.hr_emit_reset(o)
	return t
}

// Failed describes what the exception that Run returned is about: the stage, and the repr of the
// element, cut to limit bytes ("" when unknown).
func (l *Loop) Failed(limit int) (stage int, element string) {
	stage = int(l.l.failed_stage)
	text := Object{C.hr_loop_failed(l.l)}
	if text.IsNil() {
		return stage, ""
	}
	defer text.Drop()
	return stage, cut(text.String(), limit)
}

// cut shortens a text to about limit bytes.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
