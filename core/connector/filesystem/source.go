package filesystem

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// Source reads files.
type Source struct {
	*layout
	columns  []int // of the table, in the order of the output
	whole    bool  // files are not cut into splits
	interval time.Duration
	pattern  *regexp.Regexp
	keep     []func(part map[string]string) bool
	limit    int64 // rows a reader, -1: all
	where    []connector.Condition
	parts    []connector.Aggregate // of table columns in place of rows, behind columns
	// decodeErrors is what to do with records that cannot be decoded.
	decodeErrors connector.DecodeErrors
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ChangelogSource    = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
	_ connector.FilterPushDown     = (*Source)(nil)
	_ connector.LimitPushDown      = (*Source)(nil)
	_ connector.AggregatePushDown  = (*Source)(nil)
	_ connector.Clearing           = (*Source)(nil)
	_ connector.PartitionPushDown  = (*Source)(nil)
)

func newSource(t *connector.Table) (*Source, error) {
	l, err := newLayout(t)
	if err != nil {
		return nil, err
	}
	o := t.OptionReader()
	s := &Source{layout: l, interval: o.Duration("source.monitor-interval", 0), limit: -1}
	for i := range t.Schema.Fields {
		s.columns = append(s.columns, i)
	}
	s.whole = !o.Bool("source.splittable", true)
	if p := o.String("source.path.regex-pattern", ""); p != "" {
		if s.pattern, err = regexp.Compile(p); err != nil {
			o.Fail("source.path.regex-pattern", "a regular expression")
		}
	}
	s.decodeErrors = connector.ReadDecodeErrors(t, o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	if l.format.NewDecoder == nil && l.format.OpenFile == nil {
		return nil, errs.Userf("table '%s': format '%s' cannot be read, only written", t.Name,
			l.format.Name)
	}
	return s, s.check()
}

// check makes a decoder so that wrong options of the format are found before the job starts.
func (s *Source) check() error {
	if s.format.NewDecoder == nil {
		return s.options.Options.Err()
	}
	_, err := s.format.NewDecoder(s.options)
	return err
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema {
	out := connector.ProjectSchema(s.table.Schema, s.columns)
	for i, a := range s.parts {
		out.Fields = append(out.Fields, a.PartField(i, s.table.Schema))
	}
	return out
}

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return s.interval == 0 }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds {
	if s.format.Reads == 0 {
		return connector.InsertOnly
	}
	return s.format.Reads
}

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.columns = connector.Picked(s.columns, columns)
	return &out, nil
}

// Filter implements connector.FilterPushDown.
func (s *Source) Filter(conditions []connector.Condition) (connector.Source, error) {
	return s.filtered(conditions), nil
}

func (s *Source) filtered(conditions []connector.Condition) *Source {
	out := *s
	out.where = slices.Clone(s.where)
	for _, c := range conditions {
		if at := s.inFile[s.columns[c.Column]]; at >= 0 {
			c.Column = at
			out.where = append(out.where, c)
		}
	}
	return &out
}

// Limit implements connector.LimitPushDown.
func (s *Source) Limit(n int64) (connector.Source, error) {
	out := *s
	out.limit = n
	return &out, nil
}

// Aggregate implements connector.AggregatePushDown: groups are of partition columns, columns of the
// files'.
func (s *Source) Aggregate(
	group []int, aggregates []connector.Aggregate,
) (connector.Source, bool, error) {
	if s.format.Aggregates == nil || s.interval > 0 || s.limit >= 0 || len(s.where) > 0 ||
		s.wrapped || s.parts != nil || s.Kinds() != connector.InsertOnly {
		return nil, false, nil
	}
	out := *s
	out.columns = nil
	for _, g := range group {
		if s.partition[s.columns[g]] < 0 {
			return nil, false, nil
		}
		out.columns = append(out.columns, s.columns[g])
	}
	inFiles := slices.Clone(aggregates)
	for _, a := range aggregates {
		if a.Column >= 0 {
			a.Column = s.columns[a.Column]
			if s.inFile[a.Column] < 0 {
				return nil, false, nil
			}
		}
		out.parts = append(out.parts, a)
	}
	for i, a := range out.parts {
		if a.Column >= 0 {
			inFiles[i].Column = s.inFile[a.Column]
		}
	}
	return &out, s.format.Aggregates(s.options.Schema, inFiles), nil
}

// Partitions implements connector.PartitionPushDown.
func (s *Source) Partitions() ([]map[string]string, bool, error) {
	if len(s.table.PartitionKeys) == 0 || s.interval > 0 {
		return nil, false, nil
	}
	files, err := s.list()
	if err != nil {
		return nil, false, err
	}
	var parts []map[string]string
	seen := map[string]bool{}
	for _, f := range files {
		values := s.partitionValues(f.path)
		key := ""
		for _, k := range s.table.PartitionKeys {
			v, ok := values[k]
			key += v + "\x00" + map[bool]string{true: "1", false: "0"}[ok]
		}
		if !seen[key] {
			seen[key] = true
			parts = append(parts, values)
		}
	}
	return parts, true, nil
}

// Prune implements connector.PartitionPushDown.
func (s *Source) Prune(keep func(part map[string]string) bool) (connector.Source, error) {
	out := *s
	out.keep = append(slices.Clone(s.keep), keep)
	return &out, nil
}

func (s *Source) prune(files []file) []file {
	if len(s.keep) == 0 {
		return files
	}
	return slices.DeleteFunc(files, func(f file) bool {
		part := s.partitionValues(f.path)
		for _, keep := range s.keep {
			if !keep(part) {
				return true
			}
		}
		return false
	})
}

// Clear implements connector.Clearing: it removes the files.
func (s *Source) Clear(context.Context) error {
	files, err := s.list()
	if err != nil {
		return err
	}
	for _, f := range s.prune(files) {
		if err := s.fs.Remove(f.path); err != nil {
			return writeError(f.path, err)
		}
	}
	return nil
}
