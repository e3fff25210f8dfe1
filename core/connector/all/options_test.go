package all

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/plan/planpb"
)

// tables has a table of each connector that is right as it stands, and no server behind it.
var tables = map[string]string{
	"blackhole": "",
	"cassandra": "host=127.0.0.1, table-name=k.t",
	"datagen":   "",
	"dynamic-kafka": "metadata-service=single-cluster, metadata-service.properties={\"bootstrap.servers\":\"127.0.0.1:1\"}, " +
		"stream-ids=s, format=json, scan.startup.mode=earliest-offset",
	"elasticsearch-6": "hosts=http://127.0.0.1:1, index=t, document-type=d",
	"elasticsearch-7": "hosts=http://127.0.0.1:1, index=t",
	"firehose":        "delivery-stream=s, format=json, aws.region=eu-central-1, aws.credentials.basic.accesskeyid=k, aws.credentials.basic.secretkey=s",
	"filesystem":      "path=/data, format=csv",
	"http":            "url=http://127.0.0.1:1/x, format=json",
	"hybrid":          `sources=[{"connector":"filesystem","options":{"path":"/data","format":"csv"}}]`,
	"jdbc":            "url=jdbc:sqlite:/nowhere/x.db, table-name=t",
	"kafka":           "properties.bootstrap.servers=127.0.0.1:1, topic=t, format=json, scan.startup.mode=earliest-offset",
	"kinesis":         "stream=s, format=json, aws.region=eu-central-1, aws.credentials.basic.accesskeyid=k, aws.credentials.basic.secretkey=s",
	"nexmark":         "",
	"print":           "",
	"pulsar":          "service-url=pulsar://127.0.0.1:1, topics=t, format=json, source.subscription-name=s",
	"python":          "python.class=m:C",
	"rabbitmq":        "host=127.0.0.1, queue=q",
	"redis":           "url=redis://127.0.0.1:1/0, format=json",
	"number-sequence": "start=1, end=2",
	"socket":          "hostname=127.0.0.1, port=1",
	"upsert-kafka":    "properties.bootstrap.servers=127.0.0.1:1, topic=t, key.format=json, value.format=json",
	"webhook":         "port=65000, format=json",
}

func sample(t *testing.T, name string) *connector.Table {
	t.Helper()
	text, ok := tables[name]
	if !ok {
		t.Fatalf("connector %s has no sample in this test", name)
	}
	tbl := &connector.Table{Name: "t", FS: fsys.NewMem(), Zone: "UTC", BatchMode: true,
		Schema:  types.NewSchema(types.F("id", types.Of(types.BigInt).Nullable(false))),
		Options: map[string]string{"connector": name}, PrimaryKey: []string{"id"},
		Python: func(string, string, map[string]string) (*planpb.SourceOp, error) {
			return &planpb.SourceOp{Function: &planpb.Function{}, Options: map[string]string{"splits": "1"}}, nil
		}}
	if name == "nexmark" { // it has columns of its own
		event := types.MustParse("ROW<event_type INT, person ROW<id BIGINT, name STRING, " +
			"emailAddress STRING, creditCard STRING, city STRING, state STRING, " +
			"`dateTime` TIMESTAMP(3), extra STRING>>")
		tbl.Schema, tbl.PrimaryKey = types.NewSchema(event.Fields...), nil
	}
	for _, pair := range strings.Split(text, ", ") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			tbl.Options[k] = v
		}
	}
	return tbl
}

// uses makes everything that the table can be: its errors, by use.
func uses(tbl *connector.Table, f *connector.Factory) map[string]error {
	out := map[string]error{}
	if f.NewSource != nil {
		_, out["source"] = connector.NewSource(tbl)
	}
	if f.NewSink != nil {
		_, out["sink"] = connector.NewSink(tbl)
	}
	if f.NewLookup != nil {
		_, out["lookup"] = connector.NewLookup(tbl)
	}
	return out
}

// wrong is a value that an option of the type cannot have; "" : every text is right.
func wrong(kind string) string {
	switch kind {
	case "int", "float", "double", "boolean", "duration", "memory", "map":
		return "x7y"
	}
	if strings.HasPrefix(kind, "enum") {
		return "nonsense"
	}
	return ""
}

// Every connector names an option that it does not know, misses, or cannot read, in one line.
func TestBadOptionsOfEveryConnector(t *testing.T) {
	for _, name := range connector.Names() {
		t.Run(name, func(t *testing.T) {
			f, err := connector.Find(sample(t, name))
			if err != nil {
				t.Fatal(err)
			}
			for use, err := range uses(sample(t, name), f) {
				if err != nil {
					t.Errorf("the sample as %s: %v", use, err)
				}
			}
			unknownOptions(t, name, f)
			missingOptions(t, name, f)
			wrongValues(t, name, f, f.Options, "", nil)
		})
	}
}

func unknownOptions(t *testing.T, name string, f *connector.Factory) {
	t.Helper()
	near := f.Options[0].Name
	slip := near[:len(near)-1] + "z"
	for _, c := range []struct{ option, remedy string }{{slip, "did you mean '" + near + "'"},
		{"qqqqqqqqqqqqqq", "allowed are "}} {
		tbl := sample(t, name)
		tbl.Options[c.option] = tbl.Options[near]
		if c.option == slip {
			delete(tbl.Options, near)
		}
		for use, err := range uses(tbl, f) {
			says(t, use, c.option, err, "has no option '"+c.option+"'", c.remedy)
		}
	}
}

func missingOptions(t *testing.T, name string, f *connector.Factory) {
	t.Helper()
	for _, o := range f.Options {
		if o.Required {
			tbl := sample(t, name)
			delete(tbl.Options, o.Name)
			for use, err := range uses(tbl, f) {
				says(t, use, "without "+o.Name, err, "needs the option '"+o.Name+"'")
			}
		}
	}
}

func wrongValues(
	t *testing.T, name string, f *connector.Factory, options []connector.Option, prefix string,
	more map[string]string,
) {
	t.Helper()
	for _, o := range options {
		value := wrong(o.Type)
		if value == "" || o.Prefix {
			continue
		}
		tbl := sample(t, name)
		maps.Copy(tbl.Options, more)
		tbl.Options[prefix+o.Name] = value
		var refusals []error
		for _, err := range uses(tbl, f) {
			if err != nil {
				refusals = append(refusals, err)
			}
		}
		if len(refusals) == 0 {
			t.Errorf("'%s' = '%s' is taken", prefix+o.Name, value)
		}
		for _, err := range refusals {
			says(t, "any", o.Name, err, "'"+prefix+o.Name+"'", value)
		}
	}
}

func says(t *testing.T, use, option string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s as %s: no error", option, use)
		return
	}
	text := err.Error()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s as %s: %q does not say %q", option, use, text, p)
		}
	}
	if strings.Contains(text, "\n") {
		t.Errorf("%s as %s: more than one line: %q", option, use, text)
	}
}

// Every format does so too, below a connector of files or of records.
func TestBadOptionsOfEveryFormat(t *testing.T) {
	needs := map[string]map[string]string{
		"avro-confluent":          {"url": "http://127.0.0.1:1"},
		"debezium-avro-confluent": {"url": "http://127.0.0.1:1"},
	}
	for _, name := range format.Names() {
		t.Run(name, func(t *testing.T) {
			f, err := format.Find("t", name)
			if err != nil {
				t.Fatal(err)
			}
			conn := "kafka"
			if f.Bulk() {
				conn = "filesystem"
			}
			if name == "protobuf" { // its descriptor is a file
				t.Skip("core/format/protobuf tests its options with a descriptor")
			}
			more := map[string]string{"format": name}
			for k, v := range needs[name] {
				more[name+"."+k] = v
			}
			factory, err := connector.Find(sample(t, conn))
			if err != nil {
				t.Fatal(err)
			}
			tbl := sample(t, conn)
			maps.Copy(tbl.Options, more)
			for use, err := range uses(tbl, factory) {
				if err != nil && !strings.Contains(err.Error(), "cannot be written") {
					t.Errorf("as %s: %v", use, err)
				}
			}
			tbl.Options[name+".qqqqqqqqqqqqqq"] = "1"
			for use, err := range uses(tbl, factory) {
				says(t, use, "unknown", err, "has no option '"+name+".qqqqqqqqqqqqqq'", "allowed are ")
			}
			wrongValues(t, conn, factory, f.Options, name+".", more)
		})
	}
	if !slices.Contains(format.Names(), "csv") {
		t.Error("no formats are registered")
	}
}
