// Package sink is the end of a chain that writes a connector, in two phases where the connector
// has them: writers prepare at a barrier, the committer makes it visible when the checkpoint is
// complete. Without checkpoints, everything is committed at the end of input.
package sink

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Names of the list states.
const (
	writerState      = "writer"
	committableState = "committables"
)

// Operator writes what it is given.
type Operator struct {
	operator.Base
	sink      connector.Sink
	writer    connector.Writer
	committer connector.Committer

	held     *batch.Batch // the writer was not ready for it
	flushing flush
	ended    bool       // everything has been flushed
	final    int64      // the newest checkpoint since then
	prepared []prepared // not yet committed, by checkpoint
}

type flush uint8

const (
	noFlush flush = iota
	flushBarrier
	flushEnd
)

// prepared is what waits for a checkpoint to be complete.
type prepared struct {
	id           int64
	committables [][]byte
}

var (
	_ operator.Resumable          = (*Operator)(nil)
	_ operator.Waiter             = (*Operator)(nil)
	_ operator.CheckpointListener = (*Operator)(nil)
	_ operator.EndCommitter       = (*Operator)(nil)
)

// New makes a sink operator.
func New(s connector.Sink) *Operator { return &Operator{sink: s} }

// Open implements operator.Operator: committables of the checkpoint that the job was restored from
// are committed first, for that checkpoint is complete.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	wc := &connector.WriterContext{JobID: ctx.JobID, Operator: ctx.Operator, Subtask: ctx.Subtask,
		Parallelism: ctx.Parallelism, Attempt: ctx.Attempt, Clock: ctx.Clock, Log: ctx.Log,
		Wake: ctx.Wake, RestoredCheckpoint: ctx.RestoredCheckpoint, HeldCommit: ctx.HeldCommit,
		RequestCheckpoint: ctx.RequestCheckpoint}
	var left [][]byte
	if ctx.OperatorState != nil {
		var err error
		if wc.Restored, err = ctx.OperatorState.List(writerState, state.Split); err != nil {
			return err
		}
		if left, err = ctx.OperatorState.List(committableState, state.Split); err != nil {
			return err
		}
	}
	var err error
	if o.committer, err = o.sink.NewCommitter(wc); err != nil {
		return err
	}
	if err := o.recommit(left); err != nil {
		return err
	}
	o.writer, err = o.sink.NewWriter(wc)
	return err
}

func (o *Operator) recommit(left [][]byte) error {
	for _, e := range left {
		id, n := binary.Varint(e)
		if n <= 0 {
			return errs.Corruptf("committables of sink '%s' cannot be read", o.Ctx.Name)
		}
		o.prepared = append(o.prepared, prepared{id: id, committables: [][]byte{e[n:]}})
	}
	return o.commit(math.MaxInt64)
}

// Process implements operator.Operator.
func (o *Operator) Process(_ int, b *batch.Batch, _ operator.Output) error {
	if !o.writer.Ready() {
		b.Retain()
		o.held = b
		return nil
	}
	return o.write(b)
}

func (o *Operator) write(b *batch.Batch) error {
	if b.Len() > 0 {
		if err := o.writer.Write(b); err != nil {
			return err
		}
	}
	if k := len(b.Marks); k > 0 {
		return o.writer.Watermark(b.Marks[k-1].Time)
	}
	return nil
}

// Pending implements operator.Resumable.
func (o *Operator) Pending() bool { return o.held != nil || o.flushing != noFlush }

// Waiting implements operator.Waiter: a sink is only ever held up by the outside.
func (o *Operator) Waiting() bool { return o.held == nil || !o.writer.Ready() }

// Resume implements operator.Resumable.
func (o *Operator) Resume(operator.Output) error {
	if b := o.held; b != nil {
		if !o.writer.Ready() {
			return nil
		}
		o.held = nil
		err := o.write(b)
		b.Release()
		return err
	}
	return o.flush()
}

// flush goes on with a flush; behind the end without checkpoints everything is committed.
func (o *Operator) flush() error {
	done, err := o.writer.Flush(o.flushing == flushEnd)
	if err != nil || !done {
		return err
	}
	end := o.flushing == flushEnd
	o.flushing = noFlush
	o.ended = end
	if !end || o.Ctx.FinalCheckpoint {
		return nil
	}
	if err := o.prepare(math.MaxInt64); err != nil || o.Ctx.HeldCommit {
		return err
	}
	return o.commit(math.MaxInt64)
}

// CommitEnd implements operator.EndCommitter.
func (o *Operator) CommitEnd() error { return o.commit(math.MaxInt64) }

// Watermark implements operator.Operator.
func (o *Operator) Watermark(time int64, _ operator.Output) error {
	return o.writer.Watermark(time)
}

// EndInput implements operator.Operator.
func (o *Operator) EndInput(int, operator.Output) error {
	o.flushing = flushEnd
	return o.flush()
}

// PrepareBarrier implements operator.Operator.
func (o *Operator) PrepareBarrier(operator.Output) error {
	o.flushing = flushBarrier
	return o.flush()
}

// Snapshot implements operator.Operator.
func (o *Operator) Snapshot(id int64) error {
	if o.ended {
		o.final = id
	}
	if err := o.prepare(id); err != nil {
		return err
	}
	s, err := o.writer.Snapshot(id)
	if err != nil || o.Ctx.OperatorState == nil {
		return err
	}
	var own [][]byte
	if s != nil {
		own = [][]byte{s}
	}
	o.Ctx.OperatorState.SetList(writerState, state.Split, own)
	var open [][]byte
	for _, p := range o.prepared {
		for _, c := range p.committables {
			open = append(open, append(binary.AppendVarint(nil, p.id), c...))
		}
	}
	o.Ctx.OperatorState.SetList(committableState, state.Split, open)
	return nil
}

func (o *Operator) prepare(id int64) error {
	c, err := o.writer.Prepare(id)
	if err != nil {
		return err
	}
	if len(c) == 0 {
		return nil
	}
	if o.committer == nil {
		return errs.Internalf("sink '%s' prepared something to commit but has no committer",
			o.Ctx.Name)
	}
	o.prepared = append(o.prepared, prepared{id: id, committables: c})
	return nil
}

// commit makes visible what was prepared up to checkpoint id; what is to be tried again stays.
func (o *Operator) commit(id int64) error {
	keep := o.prepared[:0]
	for _, p := range o.prepared {
		if p.id > id {
			keep = append(keep, p)
			continue
		}
		retry, err := o.committer.Commit(p.committables)
		if err != nil {
			return err
		}
		if len(retry) > 0 {
			keep = append(keep, prepared{id: p.id, committables: retry})
		}
	}
	o.prepared = keep
	if id == math.MaxInt64 && len(keep) > 0 {
		return errs.Transientf("sink '%s' could not commit %d transactions", o.Ctx.Name, len(keep)).
			Fix("see that what it writes to can be reached; a restart commits them")
	}
	return nil
}

// CheckpointComplete implements operator.CheckpointListener. No checkpoint follows the final one,
// so what cannot be committed with it fails the job, which commits when it is restored.
func (o *Operator) CheckpointComplete(id int64) error {
	if l, ok := o.writer.(connector.CheckpointListener); ok {
		if err := l.CheckpointComplete(id); err != nil {
			return err
		}
	}
	if o.ended && id == o.final {
		id = math.MaxInt64
	}
	return o.commit(id)
}

// CheckpointAborted implements operator.CheckpointListener: what was prepared goes with the next
// checkpoint that completes.
func (o *Operator) CheckpointAborted(id int64) error {
	if l, ok := o.writer.(connector.AbortListener); ok {
		l.CheckpointAborted(id)
	}
	return nil
}

// Close implements operator.Operator.
func (o *Operator) Close() error {
	if o.held != nil {
		o.held.Release()
		o.held = nil
	}
	var err error
	if o.writer != nil {
		err = o.writer.Close()
	}
	if o.committer != nil {
		if cerr := o.committer.Close(); err == nil {
			err = cerr
		}
	}
	return err
}
