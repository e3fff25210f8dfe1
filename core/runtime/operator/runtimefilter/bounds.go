package runtimefilter

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// Bounds bring the least and the largest key of a runtime filter to the source in front of it,
// subtask by subtask: the source waits for them before it reads. A subtask of the filter takes
// back what it has set when it is closed, as one that starts again may set others.
type Bounds struct {
	mu     sync.Mutex
	known  map[int][]connector.Condition
	waiter map[int]func()
}

// NewBounds makes bounds that are not known.
func NewBounds() *Bounds {
	return &Bounds{known: map[int][]connector.Condition{}, waiter: map[int]func(){}}
}

// Get returns the conditions that rows must meet; if they are not known yet, wake is called when
// they are.
func (b *Bounds) Get(subtask int, wake func()) (conditions []connector.Condition, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if conditions, known = b.known[subtask]; !known {
		b.waiter[subtask] = wake
	}
	return conditions, known
}

func (b *Bounds) set(subtask int, conditions []connector.Condition) {
	b.mu.Lock()
	b.known[subtask] = conditions
	wake := b.waiter[subtask]
	delete(b.waiter, subtask)
	b.mu.Unlock()
	if wake != nil {
		wake()
	}
}

func (b *Bounds) drop(subtask int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.known, subtask)
}

// span is the least and the largest of integers; of none the least is above the largest.
type span struct{ least, most int64 }

const spanBytes = 16

func spans(n int) []span {
	out := make([]span, n)
	for i := range out {
		out[i] = span{math.MaxInt64, math.MinInt64}
	}
	return out
}

// widen takes the values of a column in; those of types that have no bounds are passed over.
func (s *span) widen(c *batch.Column) {
	if !plan.Bounded(c.Type) {
		return
	}
	switch c.Type.Kind {
	case types.TinyInt:
		widen[int8](s, c)
	case types.SmallInt:
		widen[int16](s, c)
	case types.BigInt:
		widen[int64](s, c)
	default:
		widen[int32](s, c)
	}
}

func widen[T int8 | int16 | int32 | int64](s *span, c *batch.Column) {
	nulls := c.NullCount() > 0
	for i, v := range batch.Values[T](c) {
		if !nulls || !c.IsNull(i) {
			s.least, s.most = min(s.least, int64(v)), max(s.most, int64(v))
		}
	}
}

func encodeSpans(s []span) []byte {
	var out []byte
	for _, x := range s {
		out = binary.LittleEndian.AppendUint64(out, uint64(x.least))
		out = binary.LittleEndian.AppendUint64(out, uint64(x.most))
	}
	return out
}

// merge takes in what encodeSpans made of another's; false: it is of other keys.
func mergeSpans(s []span, data []byte) bool {
	if len(data) != spanBytes*len(s) {
		return false
	}
	for i := range s {
		at := data[spanBytes*i:]
		s[i].least = min(s[i].least, int64(binary.LittleEndian.Uint64(at)))
		s[i].most = max(s[i].most, int64(binary.LittleEndian.Uint64(at[8:])))
	}
	return true
}

// conditions are those that rows within the spans meet; columns has the source's column for each,
// −1 for none.
func conditions(s []span, columns []int) []connector.Condition {
	out := []connector.Condition{}
	for i, c := range columns {
		if c >= 0 {
			out = append(out,
				connector.Condition{Column: c, Op: connector.OpGe, Values: []any{s[i].least}},
				connector.Condition{Column: c, Op: connector.OpLe, Values: []any{s[i].most}})
		}
	}
	return out
}
