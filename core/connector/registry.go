package connector

import (
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Option describes one option of a connector or format: the reference page and the validation
// are made from it.
type Option struct {
	Name     string
	Type     string // string, int, float, boolean, duration, memory, enum(a|b), list
	Default  string // "" with Required false: (none)
	Required bool
	Doc      string
	// Prefix: the option stands for all that start with Name ("fields.", "properties.").
	Prefix bool
}

// Table is what a connector gets to know of a table: its physical and metadata columns in the
// order of their declaration, and its options, already checked for unknown and missing names.
type Table struct {
	Name    string // as errors show it
	Schema  *types.Schema
	Options map[string]string
	// Metadata maps a column's name to the metadata key that it shows or writes.
	Metadata      map[string]string
	PartitionKeys []string
	PrimaryKey    []string
	Overwrite     bool
	BatchMode     bool
	// Stream: the rows are elements of a DataStream. The schema is their one column; an element
	// of type ROW has the fields that files and messages hold.
	Stream bool
	Zone   string    // session time zone
	Stdout io.Writer // where the print sink writes; nil: the process's
	FS     fsys.FS   // the disk; nil: the machine's
	Python Describer // makes sources and sinks that are Python classes; nil: there is no Python
	Call   Caller    // calls methods of Python classes; nil: there is no Python
}

// Describer makes the description of a source or sink that is a class in Python: use is "source"
// or "sink", class "module:Class", args what its constructor is called with.
type Describer func(use, class string, args map[string]string) (*planpb.SourceOp, error)

// Caller calls a method of an object of a class in Python, "module:Class", which is made once, with
// the arguments parameters. What it is called with is JSON; so is the answer.
type Caller func(class string, parameters []string, method string, argument []byte) ([]byte, error)

// Factory makes the sources and sinks of one connector.
type Factory struct {
	Name    string
	Doc     string
	Options []Option
	// Metadata lists the metadata keys with their types; nil: none.
	Metadata map[string]types.Type
	// UsesFormat: options of the format named by 'format' (and 'key.format', 'value.format')
	// belong to the table too.
	UsesFormat bool
	NewSource  func(t *Table) (Source, error) // nil: cannot be read
	NewSink    func(t *Table) (Sink, error)   // nil: cannot be written
	// Overwrites: the sink can put its rows in place of what is there (INSERT OVERWRITE).
	Overwrites bool
	// NewLookup makes what finds rows by key; nil: it cannot, but for a copy of all of them.
	NewLookup func(t *Table) (LookupSource, error)
}

var registry = struct {
	sync.RWMutex
	byName map[string]*Factory
	format func(table, name string) ([]Option, error)
}{byName: map[string]*Factory{}}

// Options that every connector has: the planner reads them.
const (
	ScanParallelism = "scan.parallelism"
	SinkParallelism = "sink.parallelism"
)

// Register makes a connector known; it is called from init functions.
func Register(f *Factory) {
	registry.Lock()
	defer registry.Unlock()
	if f.NewSource != nil {
		f.Options = append(slices.Clip(f.Options), Option{Name: ScanParallelism, Type: "int",
			Doc: "Parallelism of the readers; not set: the job's."})
	}
	if f.NewSink != nil {
		f.Options = append(slices.Clip(f.Options), Option{Name: SinkParallelism, Type: "int",
			Doc: "Parallelism of the writers; not set: that of what they write."})
	}
	registry.byName[f.Name] = f
}

// RegisterFormats tells the registry how to find the options of a table's format.
func RegisterFormats(options func(table, name string) ([]Option, error)) {
	registry.Lock()
	defer registry.Unlock()
	registry.format = options
}

// Names returns the known connectors, sorted.
func Names() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.byName))
}

// Find returns the factory that the table's option 'connector' names.
func Find(t *Table) (*Factory, error) {
	name, ok := t.Options["connector"]
	if !ok {
		return nil, errs.Userf("table '%s' has no option 'connector'", t.Name).
			Fix("add 'connector' = '…', one of %s", strings.Join(Names(), ", "))
	}
	registry.RLock()
	f := registry.byName[name]
	registry.RUnlock()
	if f == nil {
		err := errs.Userf("table '%s': there is no connector '%s'", t.Name, name)
		if hint := errs.DidYouMean(name, Names()); hint != "" {
			return nil, err.Fix("%s", hint)
		}
		return nil, err.Fix("known are %s", strings.Join(Names(), ", "))
	}
	return f, nil
}

// NewSource makes the source of a table.
func NewSource(t *Table) (Source, error) {
	f, err := Find(t)
	if err != nil {
		return nil, err
	}
	if f.NewSource == nil {
		return nil, errs.Userf("table '%s': connector '%s' cannot be read, only written",
			t.Name, f.Name)
	}
	if err := Validate(f, t); err != nil {
		return nil, err
	}
	return f.NewSource(t)
}

// NewSink makes the sink of a table.
func NewSink(t *Table) (Sink, error) {
	f, err := Find(t)
	if err != nil {
		return nil, err
	}
	if f.NewSink == nil {
		return nil, errs.Userf("table '%s': connector '%s' cannot be written, only read",
			t.Name, f.Name)
	}
	if t.Overwrite && !f.Overwrites {
		return nil, errs.Userf("INSERT OVERWRITE of table '%s': connector '%s' cannot replace what "+
			"is there", t.Name, f.Name).Fix("write INSERT INTO")
	}
	if err := Validate(f, t); err != nil {
		return nil, err
	}
	return f.NewSink(t)
}

// Validate checks the names of the table's options against the factory's and its formats'.
func Validate(f *Factory, t *Table) error {
	allowed := append([]Option{{Name: "connector"}, {Name: "property-version"}}, f.Options...)
	if f.UsesFormat {
		formats, err := formatOptions(t)
		if err != nil {
			return err
		}
		allowed = append(allowed, formats...)
	}
	if err := known(f, t, allowed); err != nil {
		return err
	}
	for _, o := range allowed {
		if _, ok := t.Options[o.Name]; o.Required && !ok {
			return errs.Userf("table '%s': connector '%s' needs the option '%s'",
				t.Name, f.Name, o.Name).Fix("%s", o.Doc)
		}
		if err := o.check(t); err != nil {
			return err
		}
	}
	return nil
}

// known refuses options that there are not. It comes first: a name with a slip in it is missing too.
func known(f *Factory, t *Table, allowed []Option) error {
	names := make([]string, len(allowed))
	for i, o := range allowed {
		names[i] = o.Name
	}
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		if slices.ContainsFunc(allowed, func(o Option) bool {
			return o.Name == key || o.Prefix && strings.HasPrefix(key, o.Name)
		}) {
			continue
		}
		err := errs.Userf("table '%s': connector '%s' has no option '%s'", t.Name, f.Name, key)
		if hint := errs.DidYouMean(key, names); hint != "" {
			return err.Fix("%s", hint)
		}
		slices.Sort(names)
		return err.Fix("allowed are %s", strings.Join(names, ", "))
	}
	return nil
}

// check says whether the table's value of the option is of its type, also where nothing reads it in
// the table's present use.
func (o *Option) check(t *Table) error {
	r := t.OptionReader()
	switch kind, words, _ := strings.Cut(strings.TrimSuffix(o.Type, ")"), "("); kind {
	case "int":
		r.Int(o.Name, 0, math.MinInt64)
	case "float":
		r.Float(o.Name, 0)
	case "boolean":
		r.Bool(o.Name, false)
	case "duration":
		r.Duration(o.Name, 0)
	case "memory":
		r.Memory(o.Name, 0)
	case "enum":
		r.Enum(o.Name, "", strings.Split(words, "|")...)
	}
	return r.Err()
}

// formatOptions returns the options of the formats that the table names, prefixed as Flink does:
// 'csv.null-literal', 'value.json.ignore-parse-errors'.
func formatOptions(t *Table) ([]Option, error) {
	var out []Option
	for _, key := range []string{"format", "key.format", "value.format"} {
		name, ok := t.Options[key]
		if !ok || registry.format == nil {
			continue
		}
		opts, err := registry.format(t.Name, name)
		if err != nil {
			return nil, err
		}
		prefix := strings.TrimSuffix(key, "format") + name + "."
		for _, o := range opts {
			o.Name, o.Required = prefix+o.Name, false
			out = append(out, o)
		}
	}
	return out, nil
}
