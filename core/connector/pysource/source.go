// Package pysource reads sources that are written in Python: their splits are known when the
// program starts, their readers run in the host of user functions.
package pysource

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// pollMs is how long a reader waits whose splits have nothing new.
const pollMs = 10

// Source is a source in Python. Its function is an operator that takes commands: a pair (split's
// number, position) is a split to read, a number n asks for at most n elements. Its state are such
// pairs, of the splits that are not read to their ends.
type Source struct {
	name     string
	op       *planpb.SourceOp
	schema   *types.Schema
	splits   int
	infinite bool
	past     int // splits, the first ones, that are of the past
}

var _ connector.Source = (*Source)(nil)

// New makes a source named name, of elements in a column of schema. Its options are "splits", how
// many there are, "bounded", and "backlog", how many of them, the first ones, are of the past.
func New(name string, op *planpb.SourceOp, schema *types.Schema) (*Source, error) {
	n, err := strconv.Atoi(op.GetOptions()["splits"])
	if err != nil || op.GetFunction() == nil {
		return nil, errs.Internalf("the source '%s' in Python is not described in full", name)
	}
	past := 0
	if v := op.GetOptions()["backlog"]; v != "" {
		if past, err = strconv.Atoi(v); err != nil {
			return nil, errs.Internalf("the source '%s' has a backlog of %s", name, v)
		}
	}
	return &Source{name: name, op: op, schema: schema, splits: n, past: past,
		infinite: op.GetOptions()["bounded"] == "false"}, nil
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return !s.infinite }

// Pinned says that readers are to be called from one OS thread.
func (s *Source) Pinned() bool { return true }

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(ctx *connector.EnumeratorContext, restored []byte) (
	connector.Enumerator, error) {
	splits := make([]connector.Split, s.splits)
	for i := range splits {
		splits[i] = connector.Split{ID: strconv.Itoa(i), State: fresh(i)}
	}
	if s.past == 0 {
		return connector.NewListEnumerator(splits, restored)
	}
	isPast := func(split connector.Split) bool {
		i, err := strconv.Atoi(split.ID)
		return err == nil && i < s.past
	}
	return connector.NewBacklogEnumerator(ctx, splits, isPast, restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	host, ok := ctx.UDF.(udf.ProcessHost)
	if !ok {
		return nil, errs.Userf("source '%s' is written in Python", s.name).
			Fix("run the job with headrace's Python package or 'headrace run'")
	}
	p, err := host.NewProcess(&udf.ProcessSpec{TaskName: s.name, Subtask: ctx.Subtask,
		Parallelism: ctx.Parallelism, MaxParallelism: math.MaxInt16,
		Stages:  []udf.Stage{{Kind: "operator", Name: s.name, Code: s.op.GetFunction()}},
		Inputs:  []*planpb.TypeInfo{nil},
		Outputs: []*planpb.TypeInfo{s.op.GetType()},
		Schemas: []*types.Schema{s.schema}})
	if err != nil {
		return nil, err
	}
	r := &reader{process: p, objects: host.Objects(), clock: ctx.Clock, wake: ctx.Wake}
	if err := p.Open(nil); err != nil {
		_ = p.Close() // the first error counts
		return nil, err
	}
	return r, nil
}

// reader drives the Python operator of one subtask.
type reader struct {
	process udf.Process
	objects udf.Objects
	clock   clock.Clock
	wake    func()
	stop    func() bool // of the alarm
	noMore  bool
	reading bool // a read is under way
	fed     *batch.Column
}

// Commands come as pickles.
const pickleStart, pickleInt, pickleNone, picklePair, pickleEnd = "\x80\x02", 'J', 'N', '\x86', '.'

func appendInt(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(append(b, pickleInt), uint32(int32(n)))
}

// fresh is the command to read a split from its start.
func fresh(split int) []byte {
	return append(appendInt([]byte(pickleStart), split), pickleNone, picklePair, pickleEnd)
}

// feed gives the operator commands.
func (r *reader) feed(commands ...[]byte) error {
	var data []byte
	var ends []int32
	for _, c := range commands {
		data = append(data, c...)
		ends = append(ends, int32(len(data)))
	}
	col, err := r.objects.Decode(data, ends)
	if err != nil {
		return err
	}
	r.release()
	r.fed = col
	return r.process.FeedRows(udf.Rows{Value: col})
}

// release gives back what was fed; the process has it until the feed is done.
func (r *reader) release() {
	if r.fed != nil {
		r.fed.Release()
	}
	r.fed = nil
}

func (r *reader) run(rows, bytes int) (udf.Stop, error) {
	return r.process.Run(udf.ProcessClock{Watermark: math.MinInt64, NowMs: r.clock.NowMs(),
		NextTimer: math.MaxInt64}, rows, int64(bytes))
}

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	commands := make([][]byte, len(splits))
	for i, s := range splits {
		commands[i] = s.State
	}
	if err := r.feed(commands...); err != nil {
		return err
	}
	for {
		if stop, err := r.run(math.MaxInt32, math.MaxInt32); err != nil || stop == udf.StopDone {
			return err
		}
	}
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() { r.noMore = true }

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	if !r.reading {
		if err := r.feed(append(appendInt([]byte(pickleStart), maxRows), pickleEnd)); err != nil {
			return connector.Polled{}, err
		}
	}
	stop, err := r.run(maxRows, maxBytes)
	if err != nil {
		return connector.Polled{}, err
	}
	r.reading = stop != udf.StopDone
	b, err := r.process.Take(0)
	if err != nil || b != nil || r.reading {
		return connector.Polled{Batch: b}, err
	}
	open, err := r.Snapshot()
	switch {
	case err != nil:
		return connector.Polled{}, err
	case len(open) > 0:
		r.stop = r.clock.AfterFunc(pollMs*1e6, r.wake)
		return connector.Polled{Status: connector.Waiting}, nil
	case r.noMore:
		return connector.Polled{Status: connector.Done}, nil
	}
	return connector.Polled{Status: connector.Starved}, nil
}

// Snapshot implements connector.Reader. A read that is under way has given out all that the
// positions are behind.
func (r *reader) Snapshot() ([]connector.Split, error) {
	lists, err := r.process.OperatorState(0) // positions are of no checkpoint
	if err != nil {
		return nil, err
	}
	var splits []connector.Split
	for _, elements := range lists {
		for i, e := range elements {
			splits = append(splits, connector.Split{ID: strconv.Itoa(i), State: e})
		}
	}
	return splits, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	if r.stop != nil {
		r.stop()
	}
	err := r.process.Close()
	r.release()
	return err
}
