package filesystem

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"syscall"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
)

// Sink writes files. A file is hidden while it is written, which may be over several checkpoints,
// complete and still hidden when the last of them is taken, and gets its name when that is complete.
type Sink struct {
	*layout
	roll   rolling
	commit commitPolicy
	compaction
	prefix string
	suffix string
	bucket []patternPart  // directory by time of writing; nil: none
	zone   *time.Location // of that time
	keys   []int          // columns of the partition keys
	deal   bool           // each partition is written by one writer
	goesOn bool           // files go on behind a checkpoint
	fields []int          // columns in the files
	shared *partitions
}

// rolling says when a file is closed and another one begun.
type rolling struct {
	size             int64
	open, idle, look time.Duration
}

var (
	_ connector.Sink          = (*Sink)(nil)
	_ connector.ChangelogSink = (*Sink)(nil)
	_ connector.Distributed   = (*Sink)(nil)
)

func newSink(t *connector.Table) (*Sink, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Sink{layout: l, prefix: o.String("sink.part-prefix", "part"),
		suffix: o.String("sink.part-suffix", ""),
		roll: rolling{
			size: o.Memory("sink.rolling-policy.file-size", 128<<20),
			open: o.Duration("sink.rolling-policy.rollover-interval", 30*time.Minute),
			idle: o.Duration("sink.rolling-policy.inactivity-interval", 30*time.Minute),
			look: o.Duration("sink.rolling-policy.check-interval", time.Minute),
		}}
	if o.Enum("sink.bucket-assigner", "base-path", "base-path", "date-time") == "date-time" {
		s.bucket = parsePattern(o.String("sink.bucket-assigner.format", "yyyy-MM-dd--HH"))
		zone, err := time.LoadLocation(o.String("sink.bucket-assigner.zone", t.Zone))
		if err != nil {
			o.Fail("sink.bucket-assigner.zone", "a time zone like 'Europe/Berlin'")
		}
		s.zone = zone
	}
	if s.commit, err = readCommitPolicy(t, o); err != nil {
		return nil, err
	}
	s.deal = o.Bool("sink.shuffle-by-partition.enable", false)
	s.compaction = readCompaction(t, o, s.roll.size)
	cutter, _ := fsys.Cuts(l.fs, l.path)
	s.goesOn = !o.Bool("sink.rolling-policy.on-checkpoint", false) && !l.format.Bulk() &&
		!o.Bool("auto-compaction", false) && cutter != nil
	if err := o.Err(); err != nil {
		return nil, err
	}
	if l.format.NewEncoder == nil && l.format.NewWriter == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be written, only read", t.Name,
			l.format.Name)
	}
	if t.Overwrite && !t.BatchMode {
		return nil, errs.Userf("table '%s': INSERT OVERWRITE is for batch mode", t.Name).
			Fix("set 'execution.runtime-mode' = 'batch', or write INSERT INTO")
	}
	for _, k := range t.PartitionKeys {
		at := t.Schema.Index(k)
		if at < 0 {
			return nil, errs.Userf("table '%s' has no column '%s' to be partitioned by", t.Name, k)
		}
		s.keys = append(s.keys, at)
	}
	for i, at := range l.inFile {
		if at >= 0 {
			s.fields = append(s.fields, i)
		}
	}
	s.shared = newPartitions(s)
	if l.format.NewEncoder != nil {
		_, err = l.format.NewEncoder(l.options)
	} else {
		_, err = l.format.NewWriter(l.options, io.Discard) // for its checks
	}
	return s, err
}

// Accepts implements connector.ChangelogSink.
func (s *Sink) Accepts() connector.Kinds {
	if s.format.Writes == 0 {
		return connector.InsertOnly
	}
	return s.format.Writes
}

// Distribution implements connector.Distributed: the files of a partition become one where one
// writer has all of them.
func (s *Sink) Distribution() []int {
	switch {
	case s.compaction.on:
		return append([]int{}, s.keys...)
	case s.deal && len(s.keys) > 0:
		return s.keys
	}
	return nil
}

// NewWriter implements connector.Sink.
func (s *Sink) NewWriter(ctx *connector.WriterContext) (connector.Writer, error) {
	w := &writer{sink: s, ctx: ctx, uid: uid(ctx), buckets: map[string]*part{},
		names: map[string]string{}, heaps: map[string]*heap{}, unsafe: map[string]bool{},
		known: map[string]bool{}, watermark: noWatermark}
	for _, b := range ctx.Restored {
		if err := w.restore(b); err != nil {
			return nil, err
		}
	}
	if s.format.NewEncoder != nil {
		var err error
		if w.encoder, err = s.format.NewEncoder(s.options); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// uid tells the files of this subtask and attempt from those of others.
func uid(ctx *connector.WriterContext) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00%d\x00%d", ctx.JobID, ctx.Operator, ctx.Subtask, ctx.Attempt,
		ctx.RestoredCheckpoint)
	id := h.Sum(nil)
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// NewCommitter implements connector.Sink.
func (s *Sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) {
	return &committer{sink: s}, nil
}

type committer struct{ sink *Sink }

// Commit implements connector.Committer.
func (c *committer) Commit(committables [][]byte) (retry [][]byte, err error) {
	var dirs []string
	var marks []*committable
	for _, b := range committables {
		m, err := decodeCommittable(b)
		if err != nil {
			return nil, err
		}
		if m.final == "" {
			marks = append(marks, m)
			continue
		}
		if err := c.publish(m); err != nil {
			return nil, err
		}
		if !slices.Contains(dirs, m.dir) {
			dirs = append(dirs, m.dir)
		}
	}
	for _, d := range dirs {
		if err := c.sink.fs.SyncDir(d); err != nil {
			return nil, writeError(d, err)
		}
	}
	for _, m := range marks {
		if err := c.sink.shared.mark(m); err != nil {
			return nil, err
		}
	}
	return nil, c.sink.shared.complete()
}

// publish gives a file its name. One that has it already was committed before a failure.
func (c *committer) publish(m *committable) error {
	fs := c.sink.fs
	if err := c.sink.shared.clear(m.dir); err != nil {
		return err
	}
	if _, err := fs.Stat(m.hidden); err != nil {
		if _, ferr := fs.Stat(m.final); ferr == nil {
			c.sink.shared.published(m)
			return removed(fs, m.remove)
		}
		return errs.Corruptf("file '%s' is gone before it could be committed", m.hidden)
	}
	if err := fs.Rename(m.hidden, m.final); err != nil {
		return writeError(m.final, err)
	}
	c.sink.shared.published(m)
	return removed(fs, m.remove)
}

// Close implements connector.Committer.
func (c *committer) Close() error { return nil }

func writeError(path string, err error) error {
	e := errs.Transientf("file '%s'", path).Wrap(err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) {
		return e.Fix("free space there, or give the sink a path on another disk")
	}
	return e
}
