package session

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
)

// show runs SHOW ….
func (s *Session) show(stmt *ast.Show) (*Answer, error) {
	cat, db := s.catalog.Current()
	if stmt.From != nil && stmt.What != "COLUMNS" {
		parts := stmt.From.Strings()
		if stmt.What == "DATABASES" {
			return s.showDatabases(stmt, parts[0])
		}
		db = parts[len(parts)-1]
		if len(parts) > 1 {
			cat = parts[0]
		}
		if _, err := s.catalog.Database(cat, db); err != nil {
			return nil, err
		}
	}
	switch stmt.What {
	case "CATALOGS":
		return s.names(stmt, "catalog name", s.catalog.Catalogs()), nil
	case "DATABASES":
		return s.showDatabases(stmt, cat)
	case "TABLES":
		all := append(s.catalog.Tables(cat, db), s.catalog.Views(cat, db)...)
		slices.Sort(all)
		return s.names(stmt, "table name", all), nil
	case "VIEWS":
		return s.names(stmt, "view name", s.catalog.Views(cat, db)), nil
	case "FUNCTIONS":
		all := append(s.catalog.UserFunctions(), lowered(function.Names())...)
		slices.Sort(all)
		return s.names(stmt, "function name", slices.Compact(all)), nil
	case "USER FUNCTIONS":
		return s.names(stmt, "function name", s.catalog.UserFunctions()), nil
	case "MODULES", "FULL MODULES":
		return s.showModules(stmt), nil
	case "CURRENT CATALOG":
		return s.textRows([]string{"current catalog name"}, [][]string{{cat}}), nil
	case "CURRENT DATABASE":
		return s.textRows([]string{"current database name"}, [][]string{{db}}), nil
	case "JARS":
		return s.textRows([]string{"jars"}, nil), nil
	case "CREATE TABLE", "CREATE VIEW":
		return s.showCreate(stmt)
	case "COLUMNS":
		return s.columns(stmt.Name, stmt.Like)
	case "CREATE CATALOG":
		return s.showCreateCatalog(stmt.Name.Last().Name)
	case "MATERIALIZED TABLES", "MODELS", "PROCEDURES", "CONNECTIONS": // there are none
		column := strings.TrimSuffix(strings.ToLower(stmt.What), "s") + " name"
		return s.names(stmt, column, nil), nil
	case "JOBS":
		return s.showJobs(), nil
	case "PARTITIONS":
		return s.showPartitions(stmt)
	}
	return nil, errs.Userf("SHOW %s is not supported", stmt.What)
}

func (s *Session) showDatabases(stmt *ast.Show, name string) (*Answer, error) {
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	return s.names(stmt, "database name", c.Databases()), nil
}

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = strings.ToLower(v)
	}
	return out
}

func (s *Session) names(stmt *ast.Show, column string, list []string) *Answer {
	var rows [][]string
	for _, n := range list {
		if stmt.Like == nil || like(n, stmt.Like) {
			rows = append(rows, []string{n})
		}
	}
	return s.textRows([]string{column}, rows)
}

// like matches a name with the pattern of SHOW … LIKE.
func like(name string, l *ast.ShowLike) bool {
	pattern := l.Pattern
	if l.Kind == ast.LikeCase {
		name, pattern = strings.ToLower(name), strings.ToLower(pattern)
	}
	return matches(name, pattern) != l.Not
}

func matches(s, pattern string) bool {
	if pattern == "" {
		return s == ""
	}
	switch pattern[0] {
	case '%':
		for i := 0; i <= len(s); i++ {
			if matches(s[i:], pattern[1:]) {
				return true
			}
		}
		return false
	case '_':
		return s != "" && matches(s[1:], pattern[1:])
	}
	return s != "" && s[0] == pattern[0] && matches(s[1:], pattern[1:])
}

func (s *Session) describe(stmt *ast.Describe) (*Answer, error) {
	switch stmt.Kind {
	case ast.CatalogObject:
		return s.describeCatalog(stmt)
	case ast.DatabaseObject:
		return s.describeDatabase(stmt)
	case ast.FunctionObject:
		return s.describeFunctionNamed(stmt)
	case ast.JobObject:
		return s.describeJob(stmt.Job)
	}
	if stmt.Kind != ast.TableObject && stmt.Kind != ast.ViewObject && stmt.Kind != "" {
		return nil, errs.Userf("DESCRIBE %s is not supported", stmt.Kind)
	}
	return s.columns(stmt.Name, nil)
}

// columns lists the columns of a table or view as DESCRIBE does.
func (s *Session) columns(name *ast.Name, pattern *ast.ShowLike) (*Answer, error) {
	t, v, err := s.catalog.Lookup(name.Strings())
	if err != nil {
		return nil, err
	}
	schema := &types.Schema{}
	if v != nil {
		if schema, err = s.viewSchema(v); err != nil {
			return nil, err
		}
		t = &catalog.Table{}
	} else if schema, err = s.binder().ResolveSchema(t); err != nil {
		return nil, err
	}
	comments := slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Comment != "" })
	fields := []types.Field{types.F("name", types.String()), types.F("type", types.String()),
		types.F("null", types.Of(types.Boolean)), types.F("key", types.String()),
		types.F("extras", types.String()), types.F("watermark", types.String())}
	if comments {
		fields = append(fields, types.F("comment", types.String()))
	}
	text := func(b *batch.Builder, v string) {
		if v == "" {
			b.AppendNull()
		} else {
			b.AppendString(v)
		}
	}
	a := s.smallRows(types.NewSchema(fields...), func(b *batch.RowBuilder) {
		for i, f := range schema.Fields {
			if pattern != nil && !like(f.Name, pattern) {
				continue
			}
			key, extras, mark, comment := columnNotes(t, i, f.Name)
			b.Cols[0].AppendString(f.Name)
			b.Cols[1].AppendString(f.Type.Nullable(true).Summary())
			b.Cols[2].AppendBool(!f.Type.NotNull)
			text(b.Cols[3], key)
			text(b.Cols[4], extras)
			text(b.Cols[5], mark)
			if comments {
				text(b.Cols[6], comment)
			}
		}
	})
	a.NullAsEmpty = true
	return a, nil
}

// columnExtras is what a column's declaration says besides its type; "" for a physical one.
func columnExtras(c catalog.Column) string {
	var extras string
	switch c.Kind {
	case catalog.Computed:
		extras = "AS " + quotedExpr(c.Expr, c.ExprSQL)
	case catalog.Metadata:
		extras = "METADATA"
		if c.Key != "" {
			extras += " FROM '" + c.Key + "'"
		}
		if c.Virtual {
			extras += " VIRTUAL"
		}
	}
	return extras
}

func columnNotes(t *catalog.Table, i int, name string) (key, extras, mark, comment string) {
	if slices.Contains(t.PrimaryKey, name) {
		key = "PRI(" + strings.Join(t.PrimaryKey, ", ") + ")"
	}
	if i < len(t.Columns) {
		c := t.Columns[i]
		comment, extras = c.Comment, columnExtras(c)
	}
	if t.Watermark != nil && t.Watermark.Column == name {
		mark = quotedExpr(t.Watermark.Expr, t.Watermark.ExprSQL)
	}
	return key, extras, mark, comment
}
