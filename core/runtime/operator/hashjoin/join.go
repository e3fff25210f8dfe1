// Package hashjoin joins bounded inputs: the rows of one side, the build side, go into a hash
// table, those of the other side, the probe side, look for their matches there, batch by batch and
// column by column. A build side that has no room in memory is cut into partitions by hash, some
// of which wait on disk with the probe rows that belong to them (hybrid hash join); a partition
// that stays too large is cut again, and one that one key makes too large is joined block by block.
package hashjoin

import (
	"path"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

type output = operator.Output

// wants says which rows a join gives.
type wants struct {
	pairs                bool
	probeHit, probeMiss  bool
	buildHits, buildMiss bool
}

// build says whether matches of build rows are to be noted.
func (w wants) build() bool { return w.buildHits || w.buildMiss }

// Join is plan.Join in batch mode.
type Join struct {
	operator.Base
	op      *plan.Join
	schemas [2]*types.Schema
	schema  *types.Schema
	keys    [2][]int
	build   int // the side in the table
	wants   wants
	free    bool // the inputs may be read in any order without a deadlock

	residual residual
	memory   *memory.Account
	limit    int // pairs at a time
	dir      *spill.Dir

	gather gather
	held   held // rows of the probe side that came before the table was complete
	ended  [2]bool

	table   *table // nil: the build side is not complete
	buckets int64  // memory of the table's buckets beside that of its rows
	feed    feed   // where rows of the probe side come from, besides Process
	cur     cursor
	pairs   pairs
	rows    []int32
	hits    []bool
	rest    int // the first build row of the table that leftovers has not looked at
	tasks   []*task
	task    *task // being joined; nil: what came in
	over    bool
}

var (
	_ operator.Operator   = (*Join)(nil)
	_ operator.Resumable  = (*Join)(nil)
	_ operator.Selectable = (*Join)(nil)
)

// New makes the operator. build is the side that the table is made of, 0 left or 1 right. Unless
// free, the build side is read to its end first; free joins, whose sides come from one source that
// must not wait, take what comes.
func New(op *plan.Join, left, right, schema *types.Schema, build int, free bool) *Join {
	o := &Join{op: op, schemas: [2]*types.Schema{left, right}, schema: schema,
		keys: [2][]int{op.LeftKeys, op.RightKeys}, build: build, free: free}
	o.wants = wantsOf(op, build)
	return o
}

func wantsOf(op *plan.Join, build int) wants {
	outer := func(side int) bool {
		return op.Type == plan.FullJoin || op.Type == plan.LeftJoin && side == 0 ||
			op.Type == plan.RightJoin && side == 1 || op.Type == plan.AntiJoin && side == 0
	}
	semi := op.Type == plan.SemiJoin
	return wants{pairs: !semi && op.Type != plan.AntiJoin, probeHit: semi && build == 1,
		probeMiss: outer(1 - build), buildHits: semi && build == 0, buildMiss: outer(build)}
}

func (o *Join) semi() bool { return o.op.Type == plan.SemiJoin || o.op.Type == plan.AntiJoin }

func (o *Join) probe() int { return 1 - o.build }

// Open implements operator.Operator.
func (o *Join) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.limit = max(ctx.BatchRows, 1)
	o.memory = ctx.OpenMemory()
	o.dir = spill.NewDir(ctx.FS, path.Join(ctx.Dir, "join"))
	var err error
	o.residual, err = newResidual(ctx, o.op, o.schemas[0], o.schemas[1])
	return err
}

// Select implements operator.Selectable: the build side first.
func (o *Join) Select() uint64 {
	if o.free || o.ended[o.build] {
		return 0
	}
	return 1 << o.build
}

// Process implements operator.Operator.
func (o *Join) Process(side int, b *batch.Batch, out operator.Output) error {
	if b.Kinds != nil {
		for i := range b.Len() {
			if !b.Kind(i).IsAdd() {
				return errs.Internalf("a batch join got a row that is taken back")
			}
		}
	}
	switch {
	case b.Len() == 0:
		return nil
	case side == o.build:
		return o.gatherRows(b)
	case !o.ended[o.build]:
		return o.hold(b)
	}
	b, err := o.route(b)
	if err != nil || b == nil {
		return err
	}
	o.begin(b)
	return o.drive(out)
}

// EndInput implements operator.Operator.
func (o *Join) EndInput(side int, out operator.Output) error {
	o.ended[side] = true
	if side == o.build {
		if err := o.seal(); err != nil {
			return err
		}
	}
	if !o.ended[o.build] {
		return nil
	}
	return o.drive(out)
}

// Pending implements operator.Resumable.
func (o *Join) Pending() bool {
	if o.table == nil || o.over {
		return false
	}
	return o.cur.batch != nil || o.feed != nil || o.ended[o.probe()]
}

// Resume implements operator.Resumable.
func (o *Join) Resume(out operator.Output) error { return o.drive(out) }

// drive goes on until there is nothing to do or the output is full.
func (o *Join) drive(out operator.Output) error {
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

func (o *Join) step(out operator.Output) error {
	switch {
	case o.cur.batch != nil:
		return o.advance(out)
	case o.feed != nil:
		return o.fromFeed()
	case o.rest < o.table.rows.Len() && o.wants.build():
		o.leftovers(out)
		return nil
	}
	return o.nextTask()
}

// fromFeed takes the next batch of the feed.
func (o *Join) fromFeed() error {
	b, err := o.feed.next()
	if err != nil {
		return err
	}
	if b == nil {
		err := o.feed.close()
		o.feed = nil
		return err
	}
	if o.task == nil {
		b, err = o.route(b)
	}
	if err != nil || b == nil {
		return err
	}
	o.begin(b)
	return nil
}

// leftovers emits rows of the build side that come out once, a batch at a time.
func (o *Join) leftovers(out operator.Output) {
	n := o.table.rows.Len()
	o.rows = o.rows[:0]
	for ; o.rest < n && len(o.rows) < o.limit; o.rest++ {
		hit := o.table.seen[o.rest>>6]&(1<<(o.rest&63)) != 0
		if hit == o.wants.buildHits {
			o.rows = append(o.rows, int32(o.rest))
		}
	}
	if len(o.rows) > 0 {
		o.emitSide(o.build, o.table.rows, o.rows, out)
	}
}

// Close implements operator.Operator.
func (o *Join) Close() error {
	if o.cur.batch != nil {
		o.cur.batch.Release()
		o.cur.batch = nil
	}
	if o.table != nil {
		o.table.rows.Release()
		o.table = nil
	}
	o.gather.close()
	o.held.close()
	var err error
	if o.feed != nil {
		err = o.feed.close()
		o.feed = nil
	}
	if o.task != nil {
		if cerr := o.task.close(); err == nil {
			err = cerr
		}
		o.task = nil
	}
	o.memory.Close()
	if cerr := o.dir.Close(); err == nil {
		err = cerr
	}
	return err
}
