// Package hashagg aggregates bounded inputs by key in a hash table: keys are numbered, and each
// aggregate keeps its accumulators in columns by these numbers. Over the memory budget the keys in
// the table stay, and rows of other keys wait on disk, in partitions by hash, which are aggregated
// one after the other when the input has ended. In two phases, the first one gives partial results
// whenever its memory is used up, and the second one merges them.
package hashagg

import (
	"errors"
	"io"
	"path"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

const (
	fanOut  = 1 << fanBits
	fanBits = 4
	// maxLevel is how often a partition is cut again; behind it memory is taken that is not there.
	maxLevel = 8
	// measureEvery is how many batches go by between two estimates of the accumulators' memory.
	measureEvery = 8
	sampleGroups = 256
	sampleRows   = 100_000
	// enough rows a group are worth local aggregation: with millions of groups that does not show
	// in what has been seen when it is to be given up.
	enough   = 8
	passRows = 1_000_000
)

// givesUp says whether local aggregation is not worth its while: it leaves so many groups of so
// many rows. The fewer rows it has seen the more hopeless it has to be, as keys that will come
// again and again are nearly all new at first.
func givesUp(groups, rows int) bool {
	share := float64(groups) / float64(rows)
	return rows > sampleRows && share > 0.85 || rows > passRows && share > 0.7
}

const (
	// recentGroups is how many groups before the newest one count as recent ones.
	recentGroups = 1024
	// mostOrdered is how many groups of rows in order wait at most: so many stay in the cache.
	mostOrdered = 1 << 14
)

// comesInOrder says whether rows of one key come together, so that the groups there are will get
// hardly any more rows. They are given on while the table is small.
func comesInOrder(groups, rows, old int) bool {
	return groups >= mostOrdered && 2*groups <= rows && 32*old <= rows
}

// Aggregate is plan.GroupAggregate in batch mode, for aggregates of the engine.
type Aggregate struct {
	operator.Base
	op     *plan.GroupAggregate
	in     *types.Schema
	schema *types.Schema
	calls  []*call
	keys   []int

	memory *memory.Account
	held   int64
	dir    *spill.Dir
	groups groups
	ids    []int32
	hashes []uint64
	cols   []*batch.Column
	count  int          // batches
	rows   int          // since the table was emptied
	old    int          // local: of them, those of groups that were not recent
	passes bool         // local: every batch is given on at once
	last   *batch.Batch // of an input in order: its last row; nil: none

	parts   [fanOut]*spill.Writer
	frozen  bool
	level   int
	tasks   []task
	feed    *spill.Reader
	file    *spill.File
	ended   bool
	emitted int // groups that came out
	over    bool
}

// task is rows on disk whose keys have not been aggregated.
type task struct {
	file  *spill.File
	level int
}

var (
	_ operator.Operator  = (*Aggregate)(nil)
	_ operator.Resumable = (*Aggregate)(nil)
)

// New makes the operator; in and schema are those of its input and output. Of the global phase,
// rows is the schema of what the local phase aggregates.
func New(op *plan.GroupAggregate, in, schema *types.Schema) *Aggregate {
	return &Aggregate{op: op, in: in, schema: schema, keys: op.Keys}
}

// Open implements operator.Operator.
func (o *Aggregate) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	keyTypes := make([]types.Type, len(o.keys))
	for i, k := range o.keys {
		keyTypes[i] = o.in.Fields[k].Type
	}
	o.groups = newGroups(keyTypes)
	rows := o.in
	if o.op.Phase == plan.GlobalPhase {
		rows = o.op.Rows
	}
	for i := range o.op.Aggs {
		partial := -1
		if o.op.Phase == plan.GlobalPhase {
			partial = len(o.keys) + i
		}
		c, err := openCall(rows, &o.op.Aggs[i], partial)
		if err != nil {
			return err
		}
		o.calls = append(o.calls, c)
	}
	o.cols = make([]*batch.Column, len(o.keys))
	o.memory = ctx.OpenMemory()
	o.dir = spill.NewDir(ctx.FS, path.Join(ctx.Dir, "aggregate"))
	return nil
}

// Process implements operator.Operator.
func (o *Aggregate) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	if b.Kinds != nil {
		for i := range b.Len() {
			if !b.Kind(i).IsAdd() {
				return errs.Internalf("a batch aggregation got a row that is taken back")
			}
		}
	}
	if o.op.Together {
		return o.absorbTogether(b, out)
	}
	if err := o.absorb(b); err != nil {
		return err
	}
	if o.op.Phase != plan.LocalPhase || !o.frozen && !o.passes &&
		!comesInOrder(o.groups.count(), o.rows, o.old) {
		return nil
	}
	return o.flush(out)
}

// absorb takes the rows of a batch in, or writes them to disk.
func (o *Aggregate) absorb(b *batch.Batch) error {
	for i, k := range o.keys {
		o.cols[i] = b.Cols[k]
	}
	var err error
	before := int32(o.groups.count())
	o.ids, o.hashes, err = o.groups.resolve(o.cols, b.Len(), o.frozen, o.ids[:0], o.hashes[:0])
	if err != nil {
		return err
	}
	var known []int32
	if o.frozen {
		if known, err = o.divert(b); err != nil || len(known) == 0 {
			return err
		}
		if len(known) == b.Len() {
			known = nil
		}
	}
	for _, c := range o.calls {
		c.Grow(o.groups.count())
		if err := c.update(o.ids, b, known); err != nil {
			return err
		}
	}
	o.rows += b.Len()
	if o.op.Phase == plan.LocalPhase {
		for _, id := range o.ids {
			if id < before-recentGroups {
				o.old++
			}
		}
	}
	if o.count++; o.count%measureEvery == 0 || o.groups.count() > 1<<12 {
		o.measure()
	}
	return nil
}

// divert writes the rows of unknown keys to disk; it returns the positions of the others, whose
// groups are in ids then.
func (o *Aggregate) divert(b *batch.Batch) ([]int32, error) {
	known := make([]int32, 0, b.Len())
	var away [fanOut][]int32
	n := 0
	for i, id := range o.ids {
		if id >= 0 {
			known = append(known, int32(i))
			o.ids[n] = id
			n++
			continue
		}
		p := int(o.hashes[i]>>(64-fanBits*(o.level+1))) & (fanOut - 1)
		away[p] = append(away[p], int32(i))
	}
	o.ids = o.ids[:n]
	for p, rows := range away {
		if len(rows) == 0 {
			continue
		}
		if o.parts[p] == nil {
			var err error
			if o.parts[p], err = o.dir.Create(o.in); err != nil {
				return nil, err
			}
		}
		part := b.Take(rows)
		err := o.parts[p].Write(part)
		part.Release()
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// measure brings the account up to date, and freezes the table when there is no more memory.
func (o *Aggregate) measure() {
	n := o.groups.count()
	ids := make([]int32, 0, sampleGroups)
	for i := 0; i < n; i += max(n/sampleGroups, 1) {
		ids = append(ids, int32(i))
	}
	now := o.groups.bytes()
	for _, c := range o.calls {
		now += c.SizeBytes(ids) * int64(n) / int64(max(len(ids), 1))
	}
	more := now - o.held
	o.held = now
	if more <= 0 || o.memory.Over() == 0 && o.memory.Reserve(more) {
		if more < 0 {
			o.memory.Add(more)
		}
		o.passes = o.op.Phase == plan.LocalPhase && o.op.PerGroup < enough && givesUp(n, o.rows)
		return
	}
	o.memory.Add(more)
	o.frozen = len(o.keys) > 0 && o.level < maxLevel && !o.op.Together
}

// flush gives all partial results on and empties the table.
func (o *Aggregate) flush(out operator.Output) error {
	for o.emitted < o.groups.count() {
		if err := o.emit(out); err != nil {
			return err
		}
	}
	o.empty()
	return nil
}

func (o *Aggregate) empty() {
	o.groups.reset()
	for _, c := range o.calls {
		c.reset()
	}
	o.memory.Add(-o.held)
	o.held, o.emitted, o.rows, o.old, o.frozen = 0, 0, 0, 0, false
}

// emit gives the next groups.
func (o *Aggregate) emit(out operator.Output) error {
	from := o.emitted
	to := min(from+max(o.Ctx.BatchRows, 1), o.groups.count())
	cols, err := o.groups.columns(from, to)
	if err != nil {
		return err
	}
	ids := make([]int32, to-from)
	for i := range ids {
		ids[i] = int32(from + i)
	}
	for _, c := range o.calls {
		var col *batch.Column
		if o.op.Phase == plan.LocalPhase {
			col, err = c.encode(ids)
		} else {
			col, err = c.Result(ids)
		}
		if err != nil {
			return err
		}
		cols = append(cols, col)
	}
	o.emitted = to
	out.Emit(0, batch.New(o.schema, cols, to-from))
	return nil
}

// EndInput implements operator.Operator.
func (o *Aggregate) EndInput(_ int, out operator.Output) error {
	o.ended = true
	if len(o.keys) == 0 && o.groups.count() == 0 && o.op.Phase != plan.LocalPhase {
		var err error // a global aggregate of nothing is one row
		if _, _, err = o.groups.resolve(nil, 0, false, nil, nil); err != nil {
			return err
		}
		for _, c := range o.calls {
			c.Grow(1)
		}
	}
	return o.drive(out)
}

// Pending implements operator.Resumable.
func (o *Aggregate) Pending() bool { return o.ended && !o.over }

// Resume implements operator.Resumable.
func (o *Aggregate) Resume(out operator.Output) error { return o.drive(out) }

func (o *Aggregate) drive(out operator.Output) error {
	for o.Pending() {
		if err := o.step(out); err != nil {
			return err
		}
		if out.Full() {
			return nil
		}
	}
	return nil
}

func (o *Aggregate) step(out operator.Output) error {
	switch {
	case o.feed != nil:
		return o.refill()
	case o.emitted < o.groups.count():
		return o.emit(out)
	}
	for p, w := range o.parts {
		if w == nil {
			continue
		}
		f, err := w.Finish()
		o.parts[p] = nil
		if err != nil {
			return err
		}
		o.tasks = append(o.tasks, task{file: f, level: o.level + 1})
	}
	o.empty()
	if len(o.tasks) == 0 {
		o.over = true
		return nil
	}
	t := o.tasks[len(o.tasks)-1]
	o.tasks = o.tasks[:len(o.tasks)-1]
	o.level, o.file = t.level, t.file
	var err error
	o.feed, err = t.file.Open()
	return err
}

// refill aggregates the next rows of a file.
func (o *Aggregate) refill() error {
	b, err := o.feed.Next()
	if err == nil {
		err = o.absorb(b)
		b.Release()
		return err
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	err = o.feed.Close()
	o.feed = nil
	if rerr := o.file.Remove(); err == nil {
		err = rerr
	}
	return err
}

// Close implements operator.Operator.
func (o *Aggregate) Close() error {
	o.dropLast()
	for _, w := range o.parts {
		w.Abandon()
	}
	err := o.feed.Close()
	o.memory.Close()
	if cerr := o.dir.Close(); err == nil {
		err = cerr
	}
	return err
}
