package filesystem

import "github.com/headrace/headrace/core/connector"

// statisticsFiles is how many files are opened for statistics; the rest is thought to be alike.
const statisticsFiles = 16

// rowBytes is what a row of a record format is thought to take.
const rowBytes = 100

var _ connector.CountedSource = (*Source)(nil)

// Statistics implements connector.CountedSource: from the footers of the files, or their sizes.
func (s *Source) Statistics() (connector.Statistics, bool) {
	var out connector.Statistics
	if s.interval > 0 || s.parts != nil {
		return out, false
	}
	files, err := s.list()
	if err != nil {
		return out, false
	}
	if s.format.Statistics == nil {
		for _, f := range files {
			out.Rows += f.info.Size/rowBytes + 1
		}
		return out, true
	}
	for i, f := range files {
		if i == statisticsFiles {
			out.Rows = out.Rows / statisticsFiles * int64(len(files))
			break
		}
		in, err := s.fs.Open(f.path)
		if err != nil {
			return out, false
		}
		one, err := s.format.Statistics(s.options, in)
		_ = in.Close() // only read
		if err != nil {
			return out, false
		}
		out.Add(one)
	}
	byFile := out.Columns
	out.Columns = map[int]connector.ColumnStatistics{}
	for i, c := range s.columns {
		if x, ok := byFile[s.inFile[c]]; ok && s.inFile[c] >= 0 {
			out.Columns[i] = x
		}
	}
	return out, true
}
