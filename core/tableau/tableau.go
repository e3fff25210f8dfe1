// Package tableau prints rows as a table of text, the way Flink's SQL client does: columns right
// aligned, NULL for nulls, long values cut.
package tableau

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// widest is where longer values are cut, in characters.
const widest = 30

// Writer prints batches of one schema. The width of the columns follows from the first batch.
type Writer struct {
	out    io.Writer
	zone   *kernel.Zone
	widths []int // of the op column, if there is one, and the schema's
	ops    bool
	rows   int
	line   []byte
}

// NewWriter makes a writer; zone is that of TIMESTAMP_LTZ columns (nil: UTC). ops asks for a first
// column with the kind of each row.
func NewWriter(out io.Writer, zone *kernel.Zone, ops bool) *Writer {
	return &Writer{out: out, zone: zone, ops: ops}
}

// Write prints the rows of a batch.
func (w *Writer) Write(b *batch.Batch) error {
	cells := w.cells(b)
	if w.widths == nil {
		if err := w.header(b.Schema, cells); err != nil {
			return err
		}
	}
	for _, row := range cells {
		if err := w.print(row); err != nil {
			return err
		}
	}
	w.rows += len(cells)
	return nil
}

// Close prints the end of the table.
func (w *Writer) Close() error {
	if w.widths == nil {
		_, err := fmt.Fprintln(w.out, "Empty set")
		return err
	}
	if err := w.rule(); err != nil {
		return err
	}
	noun := "rows"
	if w.rows == 1 {
		noun = "row"
	}
	_, err := fmt.Fprintf(w.out, "%d %s in set\n", w.rows, noun)
	return err
}

func (w *Writer) cells(b *batch.Batch) [][]string {
	cells := make([][]string, b.Len())
	var text []byte
	for i := range cells {
		row := make([]string, 0, len(b.Cols)+1)
		if w.ops {
			row = append(row, b.Kind(i).String())
		}
		for _, c := range b.Cols {
			text = kernel.AppendText(text[:0], c, i, w.zone)
			row = append(row, cut(string(text)))
		}
		cells[i] = row
	}
	return cells
}

func cut(s string) string {
	s = strings.ReplaceAll(s, "\n", "\\n")
	if utf8.RuneCountInString(s) <= widest {
		return s
	}
	return string([]rune(s)[:widest-3]) + "..."
}

func (w *Writer) header(schema *types.Schema, cells [][]string) error {
	names := make([]string, 0, schema.Len()+1)
	if w.ops {
		names = append(names, "op")
	}
	names = append(names, schema.Names()...)
	w.widths = make([]int, len(names))
	for _, row := range append([][]string{names}, cells...) {
		for i, cell := range row {
			w.widths[i] = max(w.widths[i], utf8.RuneCountInString(cell))
		}
	}
	if err := w.rule(); err != nil {
		return err
	}
	if err := w.print(names); err != nil {
		return err
	}
	return w.rule()
}

func (w *Writer) rule() error {
	w.line = append(w.line[:0], '+')
	for _, width := range w.widths {
		w.line = append(w.line, strings.Repeat("-", width+2)...)
		w.line = append(w.line, '+')
	}
	_, err := fmt.Fprintf(w.out, "%s\n", w.line)
	return err
}

func (w *Writer) print(row []string) error {
	w.line = append(w.line[:0], '|')
	for i, cell := range row {
		pad := max(w.widths[i]-utf8.RuneCountInString(cell), 0)
		w.line = append(w.line, strings.Repeat(" ", pad+1)...)
		w.line = append(w.line, cell...)
		w.line = append(w.line, " |"...)
	}
	_, err := fmt.Fprintf(w.out, "%s\n", w.line)
	return err
}
