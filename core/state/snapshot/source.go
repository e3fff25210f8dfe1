package snapshot

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// file is a file of the chain. A foreign one is read from elsewhere and never handed on.
type file struct {
	ref     state.FileRef
	foreign bool
}

// schema is the columns that bodies are wanted in, and how older types become theirs.
type schema struct {
	columns  []state.ColumnInfo
	converts map[typeChange]state.Convert
}

type typeChange struct {
	column int
	from   string
}

// open reads a file in the columns of s.
func (s *schema) open(files state.Files, ref state.FileRef, groups state.GroupRange) (
	segment.Source, func(), error) {
	f, err := files.Open(ref)
	if err != nil {
		return nil, nil, err
	}
	if f.Size() != ref.Size {
		f.Close()
		return nil, nil, errs.Corruptf("it has %d bytes, not %d", f.Size(), ref.Size).
			At("state file %s", ref.Path)
	}
	r, err := segment.Open(ref.Path, f)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	src, err := s.adapt(r.Iter(ref.Groups.Overlap(groups)), r.Header.Columns)
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	return src, func() { r.Close() }, nil
}

// adapt maps the columns of a source to those of s, by name.
func (s *schema) adapt(src segment.Source, columns []state.ColumnInfo) (segment.Source, error) {
	to := make([]int, len(columns))
	converts := make([]state.Convert, len(s.columns))
	changed := false
	for i, c := range columns {
		to[i] = -1
		for k, want := range s.columns {
			if want.Name != c.Name {
				continue
			}
			to[i] = k
			if want.Type == c.Type || c.Type == "" {
				continue
			}
			convert, ok := s.converts[typeChange{k, c.Type}]
			if !ok {
				return nil, errs.Internalf("state %q: no way from %s to %s", c.Name, c.Type,
					want.Type)
			}
			converts[k], changed = convert, true
		}
	}
	src = segment.Recolumn(src, to)
	if changed {
		src = &converted{Source: src, converts: converts}
	}
	return src, nil
}

// evolve finds out how the values of a file become those of the registered columns.
func (s *schema) evolve(columns []state.ColumnInfo, column func(string) state.Column) error {
	for _, c := range columns {
		for k, want := range s.columns {
			if want.Name != c.Name || want.Type == c.Type || c.Type == "" {
				continue
			}
			change := typeChange{k, c.Type}
			if _, known := s.converts[change]; known {
				continue
			}
			typed, ok := column(c.Name).(state.Typed)
			if !ok {
				return errs.Userf("state %q was kept as %s, and its new kind says no type", c.Name,
					c.Type).Fix("keep the type of the state, or give the new one another name")
			}
			convert, err := typed.Evolve(c.Type)
			if err != nil {
				return errs.Userf("state %q cannot be restored", c.Name).Wrap(err)
			}
			s.converts[change] = convert
		}
	}
	return nil
}

// converted changes the values of records to new types.
type converted struct {
	segment.Source
	converts []state.Convert
	body     []byte
	value    []byte
	rec      segment.Record
	err      error
}

func (c *converted) Next() bool {
	if c.err != nil || !c.Source.Next() {
		return false
	}
	c.rec = c.Source.Record()
	c.body = c.body[:0]
	for body := c.rec.Body; ; {
		column, delta, v, rest, ok := segment.NextEntry(body)
		if !ok {
			break
		}
		if convert := c.converts[column]; convert != nil {
			if c.value, c.err = convert(c.value[:0], v, delta); c.err != nil {
				return false
			}
			v = c.value
		}
		c.body = segment.AppendEntry(c.body, column, delta, v)
		body = rest
	}
	c.rec.Body = c.body
	return true
}

func (c *converted) Record() segment.Record { return c.rec }

func (c *converted) Err() error {
	if c.err != nil {
		return c.err
	}
	return c.Source.Err()
}
