package elasticsearch

import (
	"cmp"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// pattern makes a row's index of text and values: "log-{level}-{at|yyyy.MM.dd}".
type pattern struct {
	table string
	parts []part
	zone  *kernel.Zone
}

// part is text, or a column's value; form is how a time is written, nil as it is.
type part struct {
	text   string
	column int // -1: text
	name   string
	form   *kernel.DatePattern
}

func newPattern(t *connector.Table, schema *types.Schema, index string) (*pattern, error) {
	p := &pattern{table: t.Name}
	zone, err := kernel.LoadLocation(cmp.Or(t.Zone, "UTC"))
	if err != nil {
		return nil, err
	}
	p.zone = kernel.NewZone(zone)
	for rest := index; rest != ""; {
		from := strings.IndexByte(rest, '{')
		to := strings.IndexByte(rest, '}')
		if from < 0 && to < 0 {
			p.parts = append(p.parts, part{text: rest, column: -1})
			break
		}
		if from < 0 || to < from {
			return nil, errs.Userf("table '%s': braces in 'index' = '%s' do not match", t.Name, index)
		}
		if from > 0 {
			p.parts = append(p.parts, part{text: rest[:from], column: -1})
		}
		name, form, _ := strings.Cut(rest[from+1:to], "|")
		column := schema.Index(name)
		if column < 0 {
			return nil, errs.Userf("table '%s': 'index' = '%s' names '%s', which is no column", t.Name,
				index, name).Fix("%s", errs.DidYouMean(name, schema.Names()))
		}
		x := part{column: column, name: name}
		if form != "" {
			if x.form, err = formOf(t.Name, schema.Fields[column], form); err != nil {
				return nil, err
			}
		}
		p.parts = append(p.parts, x)
		rest = rest[to+1:]
	}
	return p, nil
}

func formOf(table string, f types.Field, form string) (*kernel.DatePattern, error) {
	switch f.Type.Kind {
	case types.Date, types.Timestamp, types.TimestampLTZ:
	default:
		return nil, errs.Userf("table '%s': 'index' writes column '%s' of type %s as '%s'", table, f.Name,
			f.Type, form).Fix("only dates and timestamps have a form: write '{%s}'", f.Name)
	}
	d, err := new(kernel.Context).DatePattern(form)
	if err != nil {
		return nil, errs.Userf("table '%s': 'index' has the form '%s'", table, form).Wrap(err)
	}
	return d, nil
}

// of is the index of row i.
func (p *pattern) of(rows *batch.Batch, i int) (string, error) {
	var text []byte
	for _, x := range p.parts {
		if x.column < 0 {
			text = append(text, x.text...)
			continue
		}
		c := rows.Cols[x.column]
		switch {
		case c.IsNull(i):
			return "", errs.Dataf("table '%s': column '%s', which is part of the index, is NULL", p.table,
				x.name)
		case x.form == nil:
			text = kernel.AppendText(text, c, i, p.zone)
		default:
			text = x.form.Format(text, p.civil(c, i), 0, "")
		}
	}
	return string(text), nil
}

func (p *pattern) civil(c *batch.Column, i int) kernel.Civil {
	switch c.Type.Kind {
	case types.Date:
		return kernel.CivilOf(int64(batch.Values[int32](c)[i])*86400, 0)
	case types.TimestampLTZ:
		return kernel.CivilOf(p.zone.ToLocal(batch.Values[int64](c)[i], c.Type.Unit()), c.Type.Unit())
	}
	return kernel.CivilOf(batch.Values[int64](c)[i], c.Type.Unit())
}
