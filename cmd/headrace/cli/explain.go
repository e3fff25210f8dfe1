package cli

import (
	"github.com/spf13/cobra"

	"github.com/headrace/headrace/core/sql/ast"
)

const explainVerb = "explain"

func (a *app) explain() *cobra.Command {
	var text, file string
	var settings []string
	cmd := &cobra.Command{
		Use:   explainVerb + " (-e 'SQL' | -f FILE)",
		Short: "Show how queries and inserts would run; other statements are run",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.statements(explainVerb, text, file, settings)
		},
	}
	cmd.Flags().StringVarP(&text, "execute", "e", "", "statements, separated by semicolons")
	cmd.Flags().StringVarP(&file, "file", "f", "", "file of statements; - reads standard input")
	cmd.Flags().StringArrayVarP(&settings, "set", "D", nil, "a setting, KEY=VALUE; may be repeated")
	return cmd
}

// explains says whether EXPLAIN may stand before the statement.
func explains(s ast.Statement) bool {
	switch s.(type) {
	case *ast.QueryStmt, *ast.Insert, *ast.StatementSet:
		return true
	}
	return false
}
