package all

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

//go:generate go test -run TestReferencePage -write

// Reference is docs/reference/connectors.md, made from the specs.
func Reference() (string, error) {
	var b strings.Builder
	b.WriteString("# Connectors and formats\n\nGenerated from the specs in `core/connector` and " +
		"`core/format`; `go generate ./core/connector/all` writes it anew.\n\nA table names its " +
		"connector and, where that needs one, its format:\n\n```sql\nCREATE TABLE t (id INT, " +
		"name STRING) WITH (\n    'connector' = 'filesystem', 'path' = 'data/in', 'format' = " +
		"'csv', 'csv.null-literal' = 'NA'\n);\n```\n")
	for _, name := range connector.Names() {
		f, err := connector.Find(&connector.Table{Options: map[string]string{"connector": name}})
		if err != nil {
			return "", err
		}
		use := "source and sink"
		switch {
		case f.NewSink == nil:
			use = "source"
		case f.NewSource == nil:
			use = "sink"
		}
		fmt.Fprintf(&b, "\n## Connector `%s` (%s)\n\n%s\n", name, use, f.Doc)
		optionTable(&b, f.Options)
		metadataTable(&b, f.Metadata)
	}
	for _, kind := range connector.CatalogTypes() {
		f := connector.FindCatalog(kind)
		fmt.Fprintf(&b, "\n## Catalog `%s`\n\n%s\n", kind, f.Doc)
		optionTable(&b, f.Options)
	}
	for _, name := range format.Names() {
		f, err := format.Find("", name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n## Format `%s`\n\n%s\n", name, f.Doc)
		options := slices.Clone(f.Options)
		for i := range options {
			options[i].Name = name + "." + options[i].Name
		}
		optionTable(&b, options)
		metadataTable(&b, f.Metadata)
	}
	return b.String(), nil
}

func optionTable(b *strings.Builder, options []connector.Option) {
	if len(options) == 0 {
		return
	}
	b.WriteString("\n| option | type | default | meaning |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|")
	for _, o := range options {
		def := "(none)"
		switch {
		case o.Required:
			def = "(required)"
		case o.Default != "":
			def = "`" + o.Default + "`"
		}
		name := o.Name
		if o.Prefix {
			name += "*"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", name, cell.Replace(o.Type),
			cell.Replace(def), cell.Replace(o.Doc))
	}
}

func metadataTable(b *strings.Builder, metadata map[string]types.Type) {
	if len(metadata) == 0 {
		return
	}
	b.WriteString("\n| metadata | type |\n|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(metadata)) {
		fmt.Fprintf(b, "| `%s` | `%s` |\n", k, metadata[k])
	}
}
