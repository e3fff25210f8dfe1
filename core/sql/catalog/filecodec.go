package catalog

import (
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/parser"
)

// fileVersion is in every file of a File catalog.
const fileVersion = 1

// The files' contents. Expressions are SQL text, or, from the Table API, planpb's JSON; types are
// SQL text.
type (
	fileDatabase struct {
		Version int               `json:"headraceCatalog"`
		Comment string            `json:"comment,omitempty"`
		Options map[string]string `json:"options,omitempty"`
	}
	fileTable struct {
		Version        int               `json:"headraceCatalog"`
		Columns        []fileColumn      `json:"columns"`
		Watermark      *fileColumn       `json:"watermark,omitempty"`
		PrimaryKey     []string          `json:"primaryKey,omitempty"`
		PrimaryKeyName string            `json:"primaryKeyName,omitempty"`
		PartitionKeys  []string          `json:"partitionKeys,omitempty"`
		Distribution   string            `json:"distribution,omitempty"`
		Options        map[string]string `json:"options"`
		Comment        string            `json:"comment,omitempty"`
		Statistics     *Statistics       `json:"statistics,omitempty"`
	}
	fileColumn struct {
		Name    string          `json:"name"`
		Kind    ColumnKind      `json:"kind,omitempty"`
		Type    string          `json:"type,omitempty"`
		SQL     string          `json:"sql,omitempty"`
		Expr    json.RawMessage `json:"expr,omitempty"`
		Key     string          `json:"key,omitempty"`
		Virtual bool            `json:"virtual,omitempty"`
		Comment string          `json:"comment,omitempty"`
	}
	fileView struct {
		Version  int             `json:"headraceCatalog"`
		Text     string          `json:"text,omitempty"`
		Rel      json.RawMessage `json:"rel,omitempty"`
		Columns  []string        `json:"columns,omitempty"`
		Comment  string          `json:"comment,omitempty"`
		Catalog  string          `json:"catalog"`
		Database string          `json:"database"`
	}
	fileFunction struct {
		Version int             `json:"headraceCatalog"`
		Name    string          `json:"name"`
		Spec    json.RawMessage `json:"function"`
	}
)

func marshal(v any) ([]byte, error) { return json.MarshalIndent(v, "", "  ") }

// message is a protobuf message as JSON; nil for a nil one.
func message[M proto.Message](m M, missing bool) (json.RawMessage, error) {
	if missing {
		return nil, nil
	}
	text, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	// protojson varies its spaces on purpose; files are compared
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func encodeTable(t *Table) ([]byte, error) {
	if t.Source != nil {
		return nil, errs.Userf("table %s holds rows of this program, which a catalog of files "+
			"cannot keep", t.Path.Dotted()).Fix("make it a TEMPORARY table")
	}
	f := fileTable{Version: fileVersion, PrimaryKey: t.PrimaryKey,
		PrimaryKeyName: t.PrimaryKeyName, PartitionKeys: t.PartitionKeys,
		Distribution: t.Distribution, Options: t.Options, Comment: t.Comment,
		Statistics: t.Statistics}
	for i := range t.Columns {
		c := &t.Columns[i]
		col := fileColumn{Name: c.Name, Kind: c.Kind, SQL: c.ExprSQL, Key: c.Key,
			Virtual: c.Virtual, Comment: c.Comment}
		if c.Kind != Computed {
			col.Type = c.Type.String()
		}
		var err error
		if col.Expr, err = message(c.ExprPB, c.ExprPB == nil); err != nil {
			return nil, err
		}
		f.Columns = append(f.Columns, col)
	}
	if w := t.Watermark; w != nil {
		f.Watermark = &fileColumn{Name: w.Column, SQL: w.ExprSQL}
		var err error
		if f.Watermark.Expr, err = message(w.ExprPB, w.ExprPB == nil); err != nil {
			return nil, err
		}
	}
	return marshal(f)
}

func decodeTable(p Path, data []byte) (*Table, error) {
	var f fileTable
	if err := decode(data, &f, func() int { return f.Version }); err != nil {
		return nil, err
	}
	t := &Table{Path: p, PrimaryKey: f.PrimaryKey, PrimaryKeyName: f.PrimaryKeyName,
		PartitionKeys: f.PartitionKeys, Distribution: f.Distribution, Options: f.Options,
		Statistics: f.Statistics,
		Comment:    f.Comment}
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	for _, c := range f.Columns {
		col := Column{Name: c.Name, Kind: c.Kind, ExprSQL: c.SQL, Key: c.Key, Virtual: c.Virtual,
			Comment: c.Comment}
		var err error
		switch {
		case c.Kind != Computed:
			col.Type, err = types.Parse(c.Type)
		case len(c.Expr) > 0:
			col.ExprPB = &planpb.Expr{}
			err = protojson.Unmarshal(c.Expr, col.ExprPB)
		default:
			col.Expr, err = parser.ParseExpr(c.SQL)
		}
		if err != nil {
			return nil, errs.Userf("column '%s'", c.Name).Wrap(err)
		}
		t.Columns = append(t.Columns, col)
	}
	if f.Watermark != nil {
		t.Watermark = &Watermark{Column: f.Watermark.Name, ExprSQL: f.Watermark.SQL}
		var err error
		if len(f.Watermark.Expr) > 0 {
			t.Watermark.ExprPB = &planpb.Expr{}
			err = protojson.Unmarshal(f.Watermark.Expr, t.Watermark.ExprPB)
		} else {
			t.Watermark.Expr, err = parser.ParseExpr(f.Watermark.SQL)
		}
		if err != nil {
			return nil, errs.Userf("watermark").Wrap(err)
		}
	}
	return t, nil
}

func encodeView(v *View) ([]byte, error) {
	if v.Program != nil {
		return nil, errs.Userf("view %s reads a DataStream of this program, which a catalog of "+
			"files cannot keep", v.Path.Dotted()).Fix("make it a TEMPORARY view")
	}
	f := fileView{Version: fileVersion, Text: v.Text, Columns: v.Columns, Comment: v.Comment,
		Catalog: v.Catalog, Database: v.Database}
	var err error
	if f.Rel, err = message(v.Rel, v.Rel == nil); err != nil {
		return nil, err
	}
	var rel any
	if len(f.Rel) > 0 && json.Unmarshal(f.Rel, &rel) == nil && ofThisProcess(rel) {
		return nil, errs.Userf("view %s reads rows of this program (from_elements, from_pandas), "+
			"which a catalog of files cannot keep", v.Path.Dotted()).
			Fix("make it a temporary view, or put the rows into a table of a connector")
	}
	return marshal(f)
}

// ofThisProcess says whether a relation in JSON reads what only this process has.
func ofThisProcess(node any) bool {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if key == "inline" || key == "streamScan" || ofThisProcess(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(n, ofThisProcess)
	}
	return false
}

func decodeView(p Path, data []byte) (*View, error) {
	var f fileView
	if err := decode(data, &f, func() int { return f.Version }); err != nil {
		return nil, err
	}
	v := &View{Path: p, Text: f.Text, Columns: f.Columns, Comment: f.Comment, Catalog: f.Catalog,
		Database: f.Database}
	if len(f.Rel) > 0 {
		v.Rel = &planpb.Rel{}
		return v, protojson.Unmarshal(f.Rel, v.Rel)
	}
	return v, nil
}

func encodeFunction(fn *Function) ([]byte, error) {
	spec, err := message(fn.Spec, fn.Spec == nil)
	if err != nil {
		return nil, err
	}
	return marshal(fileFunction{Version: fileVersion, Name: fn.Path.Name, Spec: spec})
}

func decodeFunction(p Path, data []byte) (*Function, error) {
	var f fileFunction
	if err := decode(data, &f, func() int { return f.Version }); err != nil {
		return nil, err
	}
	p.Name = f.Name
	fn := &Function{Path: p, Spec: &planpb.Function{}}
	return fn, protojson.Unmarshal(f.Spec, fn.Spec)
}

func decode(data []byte, into any, version func() int) error {
	if err := json.Unmarshal(data, into); err != nil {
		return errs.Userf("it is not JSON of a catalog").Wrap(err)
	}
	if version() != fileVersion {
		return errs.Userf("it has version %d, this headrace reads %d", version(), fileVersion)
	}
	return nil
}
