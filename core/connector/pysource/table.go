package pysource

import (
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

const (
	classOption = "python.class"
	argsPrefix  = "python.args."
	modeOption  = "python.changelog-mode"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "python",
		Doc: "A source or sink that is a class in Python: a subclass of Source or Sink of " +
			"headrace.datastream.connectors.base, as the DataStream API takes them. A source's " +
			"elements are the rows: a Row, tuple or list with the columns in their order, a dict by " +
			"their names, or, of a table of one column, its value. Positions of readers and what " +
			"writers prepare are part of checkpoints.",
		Options: []connector.Option{
			{Name: classOption, Type: "string", Required: true,
				Doc: "Class, or function that makes the source or sink: 'module:Class'. Modules of " +
					"the working directory are found; '__main__:Class' is one of the program itself."},
			{Name: argsPrefix, Type: "string", Prefix: true,
				Doc: "Arguments of the constructor by name: 'python.args.url' = '…' is url='…'. A " +
					"parameter annotated int, float, bool, Path or list gets that, any other a str."},
			{Name: modeOption, Type: "enum(insert|upsert|all)", Default: "insert",
				Doc: "Kinds of rows that the source gives or the sink takes: only new rows; new " +
					"versions and deletions of the rows of a PRIMARY KEY; all, those before a change " +
					"too. They are Rows with get_row_kind()."},
		},
		NewSource: func(t *connector.Table) (connector.Source, error) { return newTable(t) },
		NewSink:   func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
	})
}

// described asks Python for the class of a table.
func described(t *connector.Table, use string) (*planpb.SourceOp, connector.Kinds, error) {
	o := t.OptionReader()
	modes := map[string]connector.Kinds{"insert": connector.InsertOnly,
		"upsert": connector.UpsertOnly, "all": connector.AllKinds}
	mode := o.Enum(modeOption, "insert", "insert", "upsert", "all")
	class := o.String(classOption, "")
	module, name, ok := strings.Cut(class, ":")
	if !ok || module == "" || name == "" {
		o.Fail(classOption, "of the form 'module:Class'")
	}
	if err := o.Err(); err != nil {
		return nil, 0, err
	}
	if mode == "upsert" && len(t.PrimaryKey) == 0 {
		return nil, 0, errs.Userf("table '%s': '%s' = 'upsert' needs a PRIMARY KEY", t.Name, modeOption)
	}
	if t.Python == nil {
		return nil, 0, errs.Userf("table '%s': '%s' is in Python, which this process has not", t.Name,
			class).Fix("run the job with headrace run or from python")
	}
	args := map[string]string{}
	for k, v := range t.Options {
		if a, ok := strings.CutPrefix(k, argsPrefix); ok {
			args[a] = v
		}
	}
	op, err := t.Python(use, class, args)
	if err != nil {
		return nil, 0, errs.Userf("table '%s'", t.Name).Wrap(err)
	}
	return op, modes[mode], nil
}

// table is a source in Python whose elements are the rows of a table.
type table struct {
	*Source
	columns *types.Schema
	kinds   connector.Kinds
}

var (
	_ connector.Source          = (*table)(nil)
	_ connector.ChangelogSource = (*table)(nil)
	_ connector.Pinned          = (*table)(nil)
)

func newTable(t *connector.Table) (*table, error) {
	op, kinds, err := described(t, "source")
	if err != nil {
		return nil, err
	}
	row := types.NewSchema(types.F("value", t.Schema.RowType()))
	src, err := New(t.Name, op, row)
	return &table{Source: src, columns: t.Schema, kinds: kinds}, err
}

// Schema implements connector.Source.
func (t *table) Schema() *types.Schema { return t.columns }

// Kinds implements connector.ChangelogSource.
func (t *table) Kinds() connector.Kinds { return t.kinds }

// NewReader implements connector.Source.
func (t *table) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	r, err := t.Source.NewReader(ctx)
	return &rowReader{Reader: r, table: t}, err
}

// rowReader lays the fields of the elements out as columns.
type rowReader struct {
	connector.Reader
	table *table
}

// Poll implements connector.Reader.
func (r *rowReader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	p, err := r.Reader.Poll(maxRows, maxBytes)
	if err != nil || p.Batch == nil {
		return p, err
	}
	value := p.Batch.Cols[0]
	if value.NullCount() > 0 {
		return p, errs.Dataf("table '%s': the source in Python gave None for a row", r.table.name)
	}
	for i := range p.Batch.Len() {
		if k := p.Batch.Kind(i); r.table.kinds&(1<<k) == 0 {
			return p, errs.Dataf("table '%s': the source in Python gave a row of kind %s",
				r.table.name, k).Fix("set '%s' = 'all' (or 'upsert')", modeOption)
		}
	}
	cols := make([]*batch.Column, r.table.columns.Len())
	for i, f := range r.table.columns.Fields {
		value.Retain()
		cols[i] = value.Child(i).WithType(f.Type)
	}
	p.Batch = p.Batch.WithColumns(r.table.columns, cols)
	return p, nil
}

// sink is a sink in Python that a table's rows go to.
type sink struct {
	name  string
	op    *planpb.SourceOp
	kinds connector.Kinds
}

var (
	_ connector.Sink          = (*sink)(nil)
	_ connector.ChangelogSink = (*sink)(nil)
	_ connector.UserSink      = (*sink)(nil)
)

func newSink(t *connector.Table) (*sink, error) {
	op, kinds, err := described(t, "sink")
	return &sink{name: t.Name, op: op, kinds: kinds}, err
}

// Accepts implements connector.ChangelogSink.
func (s *sink) Accepts() connector.Kinds { return s.kinds }

// Operator implements connector.UserSink.
func (s *sink) Operator() *planpb.PythonOp {
	return &planpb.PythonOp{Kind: "operator", Function: s.op.GetFunction(),
		Inputs: []*planpb.TypeInfo{{}}, Options: s.op.GetOptions()}
}

// NewWriter implements connector.Sink: the operator writes.
func (s *sink) NewWriter(*connector.WriterContext) (connector.Writer, error) {
	return nil, errs.Internalf("the sink '%s' in Python is no operator of the plan", s.name)
}

// NewCommitter implements connector.Sink.
func (s *sink) NewCommitter(*connector.WriterContext) (connector.Committer, error) { return nil, nil }
