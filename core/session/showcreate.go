package session

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// showCreate is SHOW CREATE TABLE and SHOW CREATE VIEW, in Flink's layout.
func (s *Session) showCreate(stmt *ast.Show) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	var text string
	switch view := stmt.What == "CREATE VIEW"; {
	case v == nil && view:
		return nil, errs.Userf("'%s' is a table, not a view", t.Path.Dotted()).
			Fix("write SHOW CREATE TABLE")
	case v != nil && !view:
		return nil, errs.Userf("'%s' is a view, not a table", v.Path.Dotted()).
			Fix("write SHOW CREATE VIEW")
	case v != nil:
		if text, err = s.createViewText(v); err != nil {
			return nil, err
		}
	default:
		text = createText(t)
	}
	return s.textRows([]string{"result"}, [][]string{{text}}), nil
}

func (s *Session) createViewText(v *catalog.View) (string, error) {
	schema, err := s.viewSchema(v)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("CREATE %sVIEW %s (\n  %s\n)\n", temporary(v.Temporary), v.Path,
		quotedList(schema.Names(), ",\n  "))
	if v.Comment != "" {
		text += "COMMENT " + ast.QuoteString(v.Comment) + "\n"
	}
	return text + "AS " + v.Text + "\n", nil
}

func temporary(yes bool) string {
	if yes {
		return "TEMPORARY "
	}
	return ""
}

func quotedList(names []string, between string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = types.Quote(n)
	}
	return strings.Join(out, between)
}

// keyName is the name of the primary key's constraint.
func keyName(t *catalog.Table) string {
	if t.PrimaryKeyName != "" {
		return t.PrimaryKeyName
	}
	return "PK_" + strings.Join(t.PrimaryKey, "_")
}

// createText is the CREATE TABLE that makes the table.
func createText(t *catalog.Table) string {
	var lines []string
	for _, c := range t.Columns {
		lines = append(lines, "  "+columnText(c))
	}
	if t.Watermark != nil {
		lines = append(lines, fmt.Sprintf("  WATERMARK FOR %s AS %s",
			types.Quote(t.Watermark.Column), quotedExpr(t.Watermark.Expr, t.Watermark.ExprSQL)))
	}
	if len(t.PrimaryKey) > 0 {
		lines = append(lines, fmt.Sprintf("  CONSTRAINT %s PRIMARY KEY (%s) NOT ENFORCED",
			types.Quote(keyName(t)), quotedList(t.PrimaryKey, ", ")))
	}
	text := fmt.Sprintf("CREATE %sTABLE %s (\n%s\n)\n", temporary(t.Temporary), t.Path,
		strings.Join(lines, ",\n"))
	if t.Comment != "" {
		text += "COMMENT " + ast.QuoteString(t.Comment) + "\n"
	}
	if t.Distribution != "" {
		text += t.Distribution + "\n"
	}
	if len(t.PartitionKeys) > 0 {
		text += "PARTITIONED BY (" + quotedList(t.PartitionKeys, ", ") + ")\n"
	}
	var options []string
	for _, k := range sortedKeys(t.Options) {
		options = append(options, "  "+ast.QuoteString(k)+" = "+ast.QuoteString(t.Options[k]))
	}
	return text + "WITH (\n" + strings.Join(options, ",\n") + "\n)\n"
}

func columnText(c catalog.Column) string {
	text := types.Quote(c.Name) + " "
	switch c.Kind {
	case catalog.Computed:
		text += "AS " + quotedExpr(c.Expr, c.ExprSQL)
	case catalog.Metadata:
		text += c.Type.Serial() + " METADATA"
		if c.Key != "" {
			text += " FROM " + ast.QuoteString(c.Key)
		}
		if c.Virtual {
			text += " VIRTUAL"
		}
	default:
		text += c.Type.Serial()
	}
	if c.Comment != "" {
		text += " COMMENT " + ast.QuoteString(c.Comment)
	}
	return text
}

// quotedExpr is the text of an expression with its names in backquotes, but for those of built-in
// functions.
func quotedExpr(e ast.Expr, text string) string {
	if e == nil {
		return text
	}
	return ast.FormatDeclared(e, func(name string) bool {
		_, ok := function.Lookup(name)
		return ok
	})
}
