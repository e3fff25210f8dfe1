// Command gendoc writes the reference page of the built-in functions from their declarations.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/headrace/headrace/core/data/function"
)

func main() {
	out := flag.String("o", "functions.md", "the file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(page()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// categories is the order of the chapters of scalar functions.
var categories = []struct{ name, title string }{
	{"comparison", "Comparison"}, {"logical", "Logic"}, {"conditional", "Conditions"},
	{"arithmetic", "Numbers"}, {"string", "Strings"}, {"temporal", "Dates and times"},
	{"conversion", "Conversion"}, {"collection", "Arrays and maps"},
	{"construction", "Constructors"}, {"json", "JSON"},
	{"variant", "Variants"}, {"bitmap", "Bitmaps"}, {"hash", "Hashes"},
	{"catalog", "Catalog"}, {"grouping", "Grouping"},
}

func page() string {
	var b strings.Builder
	b.WriteString("# Built-in functions\n\nGenerated from the declarations in " +
		"`core/data/function`; `make generate` writes it anew.\n\nNames may have any case. " +
		"A function of NULL is NULL where nothing else is said.\n")
	for _, c := range categories {
		head(&b, c.title)
		for _, f := range function.Scalars() {
			if f.Category == c.name {
				row(&b, f.Syntax, f.Doc+alsoNamed(f.Aliases)+varies(f), f.Example)
			}
		}
	}
	head(&b, "Aggregates")
	for _, f := range function.Aggregates() {
		doc := f.Doc + alsoNamed(f.Aliases)
		if f.Ordered {
			doc += " Depends on the order of the rows."
		}
		if !strings.Contains(f.Name, " ") {
			row(&b, f.Syntax, doc, f.Example)
		}
	}
	head(&b, "Window functions")
	for _, f := range function.Windows() {
		row(&b, f.Syntax+" OVER (…)", f.Doc, f.Example)
	}
	head(&b, "Table functions")
	for _, f := range function.Tables() {
		row(&b, f.Syntax, f.Doc, "")
	}
	return b.String()
}

func head(b *strings.Builder, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| function | meaning | example |\n|---|---|---|\n", title)
}

func row(b *strings.Builder, syntax, doc, example string) {
	if example != "" {
		example = "`" + strings.ReplaceAll(example, "\n", "`<br>`") + "`"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(syntax), cell(doc), cell(example))
}

// cell escapes what would end a cell of the table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func alsoNamed(aliases []string) string {
	var plain []string
	for _, a := range aliases {
		if !strings.ContainsAny(a, " $") {
			plain = append(plain, "`"+a+"`")
		}
	}
	if plain == nil {
		return ""
	}
	return " Also " + strings.Join(plain, ", ") + "."
}

func varies(f *function.Scalar) string {
	switch f.Determinism {
	case function.PerQuery:
		return " The same for all rows of a batch query."
	case function.PerRow:
		return " Evaluated anew for each row."
	}
	return ""
}
