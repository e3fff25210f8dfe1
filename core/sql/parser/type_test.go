package parser

import (
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
)

// TestTypeNames makes sure that every name of a type is read as one, and not as the name of a
// user's type.
func TestTypeNames(t *testing.T) {
	arguments := map[string]string{
		"ARRAY": "<INT>", "MULTISET": "<INT>", "MAP": "<INT, INT>", "ROW": "<a INT>",
		"STRUCTURED": "<'c'>", "RAW": "('c', 's')", "INTERVAL": " DAY",
	}
	for _, name := range ast.TypeNames() {
		typ, err := ParseType(name + arguments[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if typ.UserDefined != nil || typ.Name == "" {
			t.Errorf("%s is not known", name)
		}
	}
}
