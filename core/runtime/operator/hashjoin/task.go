package hashjoin

import (
	"errors"
	"io"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/spill"
)

// task is a partition whose rows are on disk.
type task struct {
	build, probe *spill.File // nil: no rows
	level        int         // of the hash bits that it can be cut by
	stuck        bool        // cutting does not help: one key has most of the rows

	blocks *spill.Reader // of the build side
	ahead  *batch.Batch  // the first rows of the next block
	held   int64         // reserved for the block in the table
	hits   []uint64      // of probe rows, over several blocks
	last   bool          // the block in the table is the last one
}

func (t *task) close() error {
	if t.ahead != nil {
		t.ahead.Release()
		t.ahead = nil
	}
	err := t.blocks.Close()
	t.blocks = nil
	return err
}

func (t *task) remove() error {
	err := t.close()
	for _, f := range []*spill.File{t.build, t.probe} {
		if f == nil {
			continue
		}
		if rerr := f.Remove(); err == nil {
			err = rerr
		}
	}
	return err
}

// nextTask goes on with the block that follows, or with the partition that does.
func (o *Join) nextTask() error {
	if o.task == nil {
		if err := o.fileTasks(); err != nil {
			return err
		}
	} else if !o.task.last {
		return o.nextBlock()
	}
	o.dropTable()
	if o.task != nil {
		err := o.task.remove()
		o.task = nil
		if err != nil {
			return err
		}
	}
	if len(o.tasks) == 0 {
		o.over = true
		return nil
	}
	t := o.tasks[len(o.tasks)-1]
	o.tasks = o.tasks[:len(o.tasks)-1]
	if o.splits(t) {
		return o.cut(t)
	}
	return o.start(t)
}

// dropTable leaves an empty table.
func (o *Join) dropTable() {
	o.table.rows.Release()
	o.setTable(nil)
	if o.task != nil {
		o.memory.Add(-o.task.held)
		o.task.held = 0
		return
	}
	o.memory.Add(-o.gather.bytes)
	o.gather.bytes = 0
}

// fileTasks makes tasks of the partitions on disk.
func (o *Join) fileTasks() error {
	g := &o.gather
	level := 1
	if len(g.parts) == 1 {
		level = maxLevel
	}
	for i := range g.parts {
		p := &g.parts[i]
		if p.build == nil {
			continue
		}
		t := &task{level: level}
		var err error
		build, probe := p.build, p.probe
		p.build, p.probe = nil, nil
		if t.build, err = build.Finish(); err != nil {
			probe.Abandon()
			return err
		}
		if probe != nil {
			if t.probe, err = probe.Finish(); err != nil {
				return err
			}
		}
		o.tasks = append(o.tasks, t)
	}
	g.parts = nil
	return nil
}

// needed says whether a task can give rows.
func (o *Join) needed(t *task) bool {
	return t.build != nil && t.probe != nil || t.build != nil && o.wants.buildMiss ||
		t.probe != nil && o.wants.probeMiss
}

// splits says whether the build side of a task is too large for memory and can be cut.
func (o *Join) splits(t *task) bool {
	if t.build == nil || t.stuck || t.level >= maxLevel {
		return false
	}
	n := t.build.Bytes + rowBytes*t.build.Rows
	if n > maxTable || !o.memory.Reserve(n) {
		return true
	}
	o.memory.Add(-n)
	return false
}

// cut makes tasks of the partitions of a task.
func (o *Join) cut(t *task) error {
	build, err := o.cutFile(t.build, o.build, t.level)
	if err != nil {
		return err
	}
	probe, err := o.cutFile(t.probe, o.probe(), t.level)
	if err != nil {
		return err
	}
	for i := range fanOut {
		n := &task{build: build[i], probe: probe[i], level: t.level + 1}
		if n.build != nil {
			n.stuck = n.build.Rows > t.build.Rows/10*9
		}
		if o.needed(n) {
			o.tasks = append(o.tasks, n)
			continue
		}
		if err := n.remove(); err != nil {
			return err
		}
	}
	return t.remove()
}

func (o *Join) cutFile(f *spill.File, side, level int) (out [fanOut]*spill.File, err error) {
	if f == nil {
		return out, nil
	}
	var to [fanOut]*spill.Writer
	defer func() {
		for i, w := range to {
			if w == nil {
				continue
			}
			if err != nil {
				w.Abandon()
				continue
			}
			out[i], err = w.Finish()
		}
	}()
	in := &fileFeed{file: f}
	defer func() {
		if cerr := in.close(); err == nil {
			err = cerr
		}
	}()
	g := &o.gather
	for {
		b, err := in.next()
		if b == nil {
			return out, err
		}
		g.hashes = kernel.Hash(pick(b, o.keys[side]), b.Len(), g.hashes)
		err = g.split.each(b, g.hashes, level, fanOut, func(i int, rows *batch.Batch) error {
			if to[i] == nil {
				var err error
				if to[i], err = o.dir.Create(o.schemas[side]); err != nil {
					return err
				}
			}
			return to[i].Write(rows)
		})
		b.Release()
		if err != nil {
			return out, err
		}
	}
}

// start begins a task with the first block of its build side.
func (o *Join) start(t *task) error {
	o.task = t
	if t.build == nil {
		t.last = true
		o.setFeed()
		return nil
	}
	var err error
	if t.blocks, err = t.build.Open(); err != nil {
		return err
	}
	if t.ahead, err = nextOf(t.blocks); err != nil {
		return err
	}
	return o.nextBlock()
}

func nextOf(r *spill.Reader) (*batch.Batch, error) {
	b, err := r.Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return b, err
}

// nextBlock puts as many rows of the build side into the table as there is memory for, one batch
// at least, and starts the probe side anew.
func (o *Join) nextBlock() error {
	t := o.task
	o.dropTable()
	var rows []*batch.Batch
	first := true
	for t.ahead != nil {
		n := sizeOf(t.ahead)
		if t.held+n > maxTable || !o.memory.Reserve(n) {
			if !first {
				break
			}
			o.memory.Add(n)
		}
		first = false
		t.held += n
		rows = append(rows, t.ahead)
		var err error
		if t.ahead, err = nextOf(t.blocks); err != nil {
			return err
		}
	}
	t.last = t.ahead == nil
	if !t.last && t.hits == nil && t.probe != nil && (o.wants.probeHit || o.wants.probeMiss) {
		t.hits = make([]uint64, (t.probe.Rows+63)/64)
	}
	o.setTable(rows)
	o.setFeed()
	return nil
}

func (o *Join) setFeed() {
	o.cur.offset = 0
	if o.task.probe != nil {
		o.feed = &fileFeed{file: o.task.probe}
	}
}
