package session

import (
	"strings"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// describeCatalog answers DESCRIBE CATALOG, and with EXTENDED lists the options too.
func (s *Session) describeCatalog(stmt *ast.Describe) (*Answer, error) {
	name := stmt.Name.Last().Name
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	options := c.Options()
	rows := [][]string{{"name", name}, {"type", options["type"]}, {"comment", c.Comment()}}
	if stmt.Extended {
		for _, k := range sortedKeys(options) {
			if k != "type" {
				rows = append(rows, []string{"option:" + k, options[k]})
			}
		}
	}
	return s.textRows([]string{"info name", "info value"}, rows), nil
}

// describeDatabase answers DESCRIBE DATABASE.
func (s *Session) describeDatabase(stmt *ast.Describe) (*Answer, error) {
	parts := stmt.Name.Strings()
	cat, _ := s.catalog.Current()
	if len(parts) > 1 {
		cat = parts[0]
	}
	db, err := s.catalog.Database(cat, parts[len(parts)-1])
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"name", db.Name}, {"comment", db.Comment}}
	if stmt.Extended {
		for _, k := range sortedKeys(db.Options) {
			rows = append(rows, []string{"option:" + k, db.Options[k]})
		}
	}
	return s.textRows([]string{"info name", "info value"}, rows), nil
}

func (s *Session) showCreateCatalog(name string) (*Answer, error) {
	c, err := s.catalog.Catalog(name)
	if err != nil {
		return nil, err
	}
	text := "CREATE CATALOG " + types.Quote(name)
	if comment := c.Comment(); comment != "" {
		text += "\nCOMMENT " + ast.QuoteString(comment)
	}
	var options []string
	for _, k := range sortedKeys(c.Options()) {
		options = append(options, "  "+ast.QuoteString(k)+" = "+ast.QuoteString(c.Options()[k]))
	}
	text += "\nWITH (\n" + strings.Join(options, ",\n") + "\n)\n"
	return s.textRows([]string{"result"}, [][]string{{text}}), nil
}

// showJobs lists the session's jobs.
func (s *Session) showJobs() *Answer {
	var rows [][]string
	for _, id := range sortedKeys(s.jobs) {
		rows = append(rows, []string{id, string(s.jobs[id].job.Status())})
	}
	return s.textRows([]string{"job id", "status"}, rows)
}
