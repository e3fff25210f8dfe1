// Package jobtest has a small world to test jobs in: a source, an operator with keyed state, and an
// outside that rows are committed to, which survives the process.
package jobtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

var bigint = types.Of(types.BigInt)

// Pairs is the schema of all rows here: a key and a number.
var Pairs = types.NewSchema(types.F("k", bigint), types.F("v", bigint))

// Ranges is a source of numbered rows: split i has the numbers [i·Size, (i+1)·Size); k is the
// number modulo Keys.
type Ranges struct {
	Splits, Size, Keys int
	Rand               *rand.Rand // how many rows come at once
	Past               int        // splits, the first ones, that are a backlog

	mu sync.Mutex // of Rand: readers may run side by side
}

func (s *Ranges) intN(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Rand.IntN(n)
}

// Schema implements connector.Source.
func (*Ranges) Schema() *types.Schema { return Pairs }

// Bounded implements connector.Source.
func (*Ranges) Bounded() bool { return true }

// NewEnumerator implements connector.Source.
func (s *Ranges) NewEnumerator(ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	var splits []connector.Split
	for i := range s.Splits {
		splits = append(splits, rangeSplit(i, i*s.Size))
	}
	if s.Past > 0 {
		return connector.NewBacklogEnumerator(ctx, splits, func(x connector.Split) bool {
			return x.ID < fmt.Sprint(s.Past)
		}, restored)
	}
	return connector.NewListEnumerator(splits, restored)
}

func rangeSplit(i, at int) connector.Split {
	return connector.Split{ID: fmt.Sprint(i), State: binary.AppendUvarint(
		binary.AppendUvarint(nil, uint64(i)), uint64(at))}
}

// NewReader implements connector.Source.
func (s *Ranges) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return &rangeReader{src: s, wake: ctx.Wake}, nil
}

type rangeReader struct {
	src    *Ranges
	wake   func()
	splits [][2]int // number, next value
	noMore bool
}

func (r *rangeReader) Add(splits []connector.Split) error {
	for _, s := range splits {
		i, n := binary.Uvarint(s.State)
		at, _ := binary.Uvarint(s.State[n:])
		r.splits = append(r.splits, [2]int{int(i), int(at)})
	}
	return nil
}

func (r *rangeReader) NoMoreSplits() { r.noMore = true }

func (r *rangeReader) Poll(maxRows, _ int) (connector.Polled, error) {
	if len(r.splits) == 0 {
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	if r.src.intN(4) == 0 {
		r.wake() // as if something had arrived just now
		return connector.Polled{Status: connector.Waiting}, nil
	}
	s := &r.splits[0]
	end := (s[0] + 1) * r.src.Size
	n := min(end-s[1], 1+r.src.intN(maxRows))
	b := batch.NewRowBuilder(Pairs, n)
	for range n {
		batch.Append(b.Cols[0], int64(s[1]%r.src.Keys))
		batch.Append(b.Cols[1], int64(s[1]))
		s[1]++
	}
	id := fmt.Sprint(s[0])
	if s[1] == end {
		r.splits = r.splits[1:]
	}
	return connector.Polled{Batch: b.Finish(), Split: id}, nil
}

func (r *rangeReader) Snapshot() ([]connector.Split, error) {
	var out []connector.Split
	for _, s := range r.splits {
		out = append(out, rangeSplit(s[0], s[1]))
	}
	return out, nil
}

func (r *rangeReader) Close() error { return nil }

// Tally is a keyed operator that replaces v by how many rows of the key there have been.
type Tally struct{}

// Kind implements plan.Op.
func (*Tally) Kind() string { return "Tally" }

type tallyOp struct {
	operator.Base
	n    *state.Value[int64]
	keys state.Keys
}

func (o *tallyOp) Open(ctx *operator.Context) error {
	o.Ctx, o.n = ctx, state.NewValue[int64]("")
	return ctx.Keyed.Register("n", o.n)
}

func (o *tallyOp) Process(_ int, b *batch.Batch, out operator.Output) error {
	if err := state.EncodeKeys(b.Cols[:1], o.Ctx.MaxParallelism, &o.keys); err != nil {
		return err
	}
	slots, err := o.Ctx.Keyed.Resolve(&o.keys, nil)
	if err != nil {
		return err
	}
	v := make([]int64, b.Len())
	for i, s := range slots {
		*o.n.At(s)++
		v[i] = *o.n.At(s)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	out.Emit(0, b.WithColumns(Pairs, []*batch.Column{b.Cols[0], batch.MakeFixed(bigint, v, nil)}))
	return nil
}

func init() {
	compile.Register(func(_ *plan.Node, _ *Tally, _ *compile.Env) (operator.Operator, error) {
		return &tallyOp{}, nil
	})
}

// Outside is the world that survives the process: what has been committed, by transaction.
type Outside struct {
	mu        sync.Mutex
	committed map[string][][2]int64
	rng       *rand.Rand
	faults    int // commits that will fail yet, with and without effect
	// Away says, when set, that nothing can be committed for now.
	Away   func() bool
	serial int
}

// Rows counts how often each pair has been committed.
func (o *Outside) Rows() map[[2]int64]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := map[[2]int64]int{}
	for _, rows := range o.committed {
		for _, r := range rows {
			all[r]++
		}
	}
	return all
}

// NewOutside returns a world whose first commits now and then fail, with or without effect, faults
// times in all.
func NewOutside(rng *rand.Rand, faults int) *Outside {
	return &Outside{committed: map[string][][2]int64{}, rng: rng, faults: faults}
}

var errLost = errors.New("the acknowledgement was lost")

// NewWriter implements connector.Sink.
func (o *Outside) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.serial++
	return &outsideWriter{world: o, name: fmt.Sprintf("%d.%d", o.serial, ctx.Subtask)}, nil
}

// NewCommitter implements connector.Sink.
func (o *Outside) NewCommitter(*connector.WriterContext) (connector.Committer, error) {
	return outsideCommitter{o}, nil
}

type outsideWriter struct {
	connector.PlainWriter
	world *Outside
	name  string
	rows  []byte
}

func (w *outsideWriter) Write(b *batch.Batch) error {
	k, v := batch.Values[int64](b.Cols[0]), batch.Values[int64](b.Cols[1])
	for i := range k {
		w.rows = binary.AppendVarint(binary.AppendVarint(w.rows, k[i]), v[i])
	}
	return nil
}

func (w *outsideWriter) Prepare(id int64) ([][]byte, error) {
	if len(w.rows) == 0 {
		return nil, nil
	}
	name := fmt.Sprintf("%s.%d", w.name, id)
	c := append([]byte{byte(len(name))}, name...)
	c = append(c, w.rows...)
	w.rows = nil
	return [][]byte{c}, nil
}

type outsideCommitter struct{ world *Outside }

func (c outsideCommitter) Commit(list [][]byte) ([][]byte, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if c.world.Away != nil && c.world.Away() {
		return nil, errs.Transientf("the outside is away")
	}
	for _, b := range list {
		fault := c.world.faults > 0 && c.world.rng.IntN(10) == 0
		if fault {
			c.world.faults--
			if c.world.rng.IntN(2) == 0 {
				return nil, errs.Transientf("the outside is away").Wrap(errLost)
			}
		}
		name, rows := string(b[1:1+b[0]]), b[1+b[0]:]
		var decoded [][2]int64
		for len(rows) > 0 {
			k, n := binary.Varint(rows)
			v, m := binary.Varint(rows[n:])
			decoded = append(decoded, [2]int64{k, v})
			rows = rows[n+m:]
		}
		c.world.committed[name] = decoded // again: the same
		if fault {
			return nil, errs.Transientf("commit").Wrap(errLost)
		}
	}
	return nil, nil
}

func (c outsideCommitter) Close() error { return nil }

// Node makes a node whose rows are Pairs.
func Node(name string, parallelism int, op plan.Op) *plan.Node {
	return &plan.Node{Name: name, Parallelism: parallelism, Op: op, Schema: Pairs}
}
