package cdc

import (
	"regexp"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// canal: {"data": [{…}], "old": [{…}], "type": "INSERT|UPDATE|DELETE"}; old has the changed
// fields; a record of type CREATE changes no row.
var canal = &dialect{
	name: "canal-json",
	envelope: func(row types.Type) []types.Field {
		return []types.Field{types.F("old", types.ArrayOf(partly(row))),
			types.F("data", types.ArrayOf(row)), types.F("type", text0),
			types.F("database", text0), types.F("table", text0)}
	},
	changes: canalChanges,
	meta: map[string]metaPath{
		"database":            {field: "database", json: text0, show: text0},
		"table":               {field: "table", json: text0, show: text0},
		"sql-type":            {field: "sqlType", json: sqlTypes, show: sqlTypes},
		"pk-names":            {field: "pkNames", json: textList, show: textList},
		"ingestion-timestamp": {field: "ts", json: long, show: instant},
		"event-timestamp":     {field: "es", json: long, show: instant},
	},
	encode: func(e *encoder, dst []byte, b *batch.Batch, i int, add bool) []byte {
		dst = e.Object(append(dst, `{"data":[`...), b.Cols, i)
		if add {
			return append(dst, `],"type":"INSERT"}`...)
		}
		return append(dst, `],"type":"DELETE"}`...)
	},
}

var sqlTypes = types.MapOf(text0.Nullable(true), types.Of(types.Int))

func init() {
	register(canal, "Changes as Canal sends them.",
		connector.Option{Name: "database.include", Type: "string",
			Doc: "Regular expression of the databases to read."},
		connector.Option{Name: "table.include", Type: "string",
			Doc: "Regular expression of the tables to read."})
	f, err := format.Find("", canal.name)
	if err != nil {
		panic(err) // it has just been registered
	}
	f.NewDecoder = func(c *format.Config) (format.Decoder, error) {
		d, err := newDecoder(c, canal)
		if err != nil {
			return nil, err
		}
		for i, name := range []string{"database.include", "table.include"} {
			p := c.Options.String(name, "")
			if p == "" {
				continue
			}
			if d.include[i], err = regexp.Compile("^(?:" + p + ")$"); err != nil {
				c.Options.Fail(name, "a regular expression")
			}
		}
		return d, c.Options.Err()
	}
}

func canalChanges(d *decoder, b *batch.Batch, out *changes) error {
	old, data, kind := b.Cols[0], b.Cols[1], b.Cols[2]
	before := old.Child(0).Len()
	for i := range b.Len() {
		if !d.included(0, text(b.Cols[3], i)) || !d.included(1, text(b.Cols[4], i)) {
			continue
		}
		what := text(kind, i)
		if what == "CREATE" {
			continue
		}
		oldFrom, from, to := int(old.Offsets()[i]), int(data.Offsets()[i]), int(data.Offsets()[i+1])
		if what == "UPDATE" && int(old.Offsets()[i+1])-oldFrom != to-from {
			if err := d.bad(i, "'old' and 'data' do not have as many rows"); err != nil {
				return err
			}
			continue
		}
		for k := from; k < to; k++ {
			at := before + k
			switch what {
			case "INSERT":
				out.add(types.Insert, at, i)
			case "UPDATE":
				out.addPartly(types.UpdateBefore, oldFrom+k-from, at, i)
				out.add(types.UpdateAfter, at, i)
			case "DELETE":
				out.add(types.Delete, at, i)
			}
		}
		if what != "INSERT" && what != "UPDATE" && what != "DELETE" {
			if err := d.bad(i, "the field 'type' is not INSERT, UPDATE or DELETE"); err != nil {
				return err
			}
		}
	}
	return nil
}

// included says whether a database (0) or table (1) is asked for.
func (d *decoder) included(which int, name string) bool {
	return d.include[which] == nil || d.include[which].MatchString(name)
}
