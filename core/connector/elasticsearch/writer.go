package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/format"
)

// action is what happens to a document.
type action struct {
	lines []byte // as a bulk request holds it
	id    string
	done  bool // by an earlier request of which other actions failed
}

type writer struct {
	*connector.Buffered[*action]
	sink    *Sink
	encoder format.Encoder
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	s := w.sink
	rows := batch.New(s.schema, connector.ElementsOf(s.table, b), b.Len())
	for i := range b.Len() {
		if err := w.add(rows, i, b.Kind(i).IsAdd()); err != nil {
			return err
		}
	}
	return w.Begin()
}

func (w *writer) add(rows *batch.Batch, i int, stays bool) error {
	s := w.sink
	document, err := w.encoder.Encode(nil, rows, i, i+1, nil)
	if err != nil {
		return err
	}
	if s.mapped() {
		if document, err = s.onlyField(document); err != nil {
			return err
		}
	}
	index, id, err := s.placeOf(rows, i, document)
	if err != nil {
		return err
	}
	a := &action{id: id}
	if a.lines, err = s.lines(index, id, document, stays); err != nil {
		return err
	}
	var key []byte
	if id != "" && len(s.keys) > 0 {
		key = []byte(index + "\x00" + id)
	}
	w.Put(key, a)
	return nil
}

// onlyField is the value of the one field of a document.
func (s *Sink) onlyField(document []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil {
		return nil, errs.Internalf("elasticsearch: %v", err)
	}
	value := fields[s.schema.Fields[0].Name]
	if len(value) == 0 || value[0] != '{' {
		return nil, errs.Dataf("sink '%s': an element is None, which is no document", s.table.Name)
	}
	return value, nil
}

// placeOf says which index and identifier a document has; "": the server makes one.
func (s *Sink) placeOf(rows *batch.Batch, i int, document []byte) (index, id string, err error) {
	if s.index != nil {
		if index, err = s.index.of(rows, i); err != nil {
			return "", "", err
		}
	} else if index, err = s.field(document, s.indexKey); err != nil {
		return "", "", err
	}
	if s.idKey != "" {
		id, err = s.field(document, s.idKey)
		return index, id, err
	}
	var text []byte
	for k, col := range s.keys {
		if rows.Cols[col].IsNull(i) {
			return "", "", errs.Dataf("table '%s': the key column '%s' is NULL", s.table.Name,
				s.schema.Fields[col].Name)
		}
		if k > 0 {
			text = append(text, s.delimiter...)
		}
		text = kernel.AppendText(text, rows.Cols[col], i, nil)
	}
	return index, string(text), nil
}

// field is the text of a document's field, which must be there.
func (s *Sink) field(document []byte, name string) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil {
		return "", errs.Internalf("elasticsearch: %v", err)
	}
	value := fields[name]
	if len(value) == 0 || string(value) == "null" {
		return "", errs.Dataf("table '%s': a document has no '%s': %s", s.table.Name, name,
			short(document))
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text, nil
	}
	return string(value), nil
}

// header says where a document goes.
type header struct {
	Index string `json:"_index"`
	Type  string `json:"_type,omitempty"`
	ID    string `json:"_id,omitempty"`
}

// lines are those of a bulk request: an update that inserts what is not there, or what deletes;
// documents without identifier are added.
func (s *Sink) lines(index, id string, document []byte, stays bool) ([]byte, error) {
	verb := "update"
	switch {
	case !stays:
		verb = "delete"
	case id == "":
		verb = "index"
	}
	head, err := json.Marshal(map[string]header{verb: {index, s.kind, id}})
	if err != nil {
		return nil, err
	}
	lines := append(head, '\n')
	switch verb {
	case "update":
		lines = append(lines, `{"doc":`...)
		lines = append(append(lines, document...), `,"doc_as_upsert":true}`+"\n"...)
	case "index":
		lines = append(append(lines, document...), '\n')
	}
	return lines, nil
}

// send brings actions to the server, with as many requests as their size asks for.
func (w *writer) send(ctx context.Context, actions []*action) error {
	left := slices.DeleteFunc(slices.Clone(actions), func(a *action) bool { return a.done })
	for len(left) > 0 {
		var body bytes.Buffer
		n := 0
		for n < len(left) && (n == 0 || body.Len()+len(left[n].lines) <= w.sink.maxBytes) {
			body.Write(left[n].lines)
			n++
		}
		if err := w.sink.client.bulk(ctx, body.Bytes(), left[:n]); err != nil {
			return err
		}
		left = left[n:]
	}
	return nil
}

const maxShown = 300

func short(document []byte) string {
	if len(document) > maxShown {
		return string(document[:maxShown]) + " …"
	}
	return string(document)
}
