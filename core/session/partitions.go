package session

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/sql/ast"
)

// showPartitions lists the partitions of a table as key=value/key=value; a PARTITION (…) clause
// keeps those that have its values.
func (s *Session) showPartitions(stmt *ast.Show) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	if v != nil {
		return nil, errs.Userf("'%s' is a view: SHOW PARTITIONS is for tables", v.Path.Dotted())
	}
	if len(t.PartitionKeys) == 0 {
		return nil, errs.Userf("table %s is not partitioned", t.Path.Dotted()).
			Fix("PARTITIONED BY (column, …) of CREATE TABLE makes partitions")
	}
	want := map[string]string{}
	for _, p := range stmt.Partition {
		if !slices.Contains(t.PartitionKeys, p.Column.Name) {
			return nil, errs.Userf("'%s' is no partition key of table %s", p.Column.Name,
				t.Path.Dotted()).Fix("%s", errs.DidYouMean(p.Column.Name, t.PartitionKeys))
		}
		want[p.Column.Name] = partitionText(p.Value)
	}
	schema, err := s.binder().ResolveSchema(t)
	if err != nil {
		return nil, err
	}
	src, err := s.newSource(t, t.Options, schema)
	if err != nil {
		return nil, err
	}
	lister, ok := src.(connector.PartitionPushDown)
	if !ok {
		return nil, errs.Userf("connector '%s' of table %s cannot list partitions",
			t.Options["connector"], t.Path.Dotted())
	}
	parts, ok, err := lister.Partitions()
	if err != nil || !ok {
		return s.textRows([]string{"partition name"}, nil), err
	}
	var rows [][]string
	for _, p := range parts {
		if slices.ContainsFunc(sortedKeys(want), func(k string) bool { return p[k] != want[k] }) {
			continue
		}
		items := make([]string, len(t.PartitionKeys))
		for i, k := range t.PartitionKeys {
			items[i] = k + "=" + cmp.Or(p[k], t.Options["partition.default-name"],
				"__DEFAULT_PARTITION__")
		}
		rows = append(rows, []string{strings.Join(items, "/")})
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return s.textRows([]string{"partition name"}, rows), nil
}

// partitionText is a value of PARTITION (key = value) as partitions are named.
func partitionText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.String:
		return e.Value
	case *ast.DateTime:
		return e.Text
	case nil:
		return ""
	}
	return ast.Format(e)
}
