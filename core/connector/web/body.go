package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

func splitPath(path string) []string {
	return strings.Split(strings.TrimPrefix(strings.Trim(path, "./"), "$."), ".")
}

// at finds a part of a JSON document; nil: there is none, or it is null.
func at(document []byte, path []string) (json.RawMessage, error) {
	part := json.RawMessage(document)
	for _, name := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(part, &object); err != nil {
			return nil, err
		}
		part = object[name]
		if part == nil || string(part) == "null" {
			return nil, nil
		}
	}
	return part, nil
}

// textAt is the text of a scalar in a JSON document, "" where there is none.
func textAt(document []byte, path []string) (string, error) {
	part, err := at(document, path)
	if err != nil || part == nil {
		return "", err
	}
	var text string
	if json.Unmarshal(part, &text) == nil {
		return text, nil
	}
	return string(part), nil
}

// rows decodes a body as a whole; where names it in errors.
func (r *reading) rows(body []byte, where string) (*batch.Batch, error) {
	d, err := r.decoder()
	if err != nil {
		return nil, err
	}
	if r.path != nil {
		part, err := at(body, r.path)
		if err != nil {
			e := errs.Dataf("the answer is no JSON document with '%s'", strings.Join(r.path, ".")).
				Wrap(err)
			e.Place = where
			return nil, e
		}
		body = part
	}
	number := 0
	decode := func(record []byte) error {
		number++
		err := d.DecodeOne(record)
		var bad *format.RecordError
		if errors.As(err, &bad) {
			if r.lines {
				return bad.At(fmt.Sprintf("%s, line %d", where, number))
			}
			return bad.At(where)
		}
		return err
	}
	if !r.lines {
		if len(bytes.TrimSpace(body)) == 0 && !r.format.Messages {
			return d.Finish(), nil
		}
		if err := decode(body); err != nil {
			return nil, err
		}
		return d.Finish(), nil
	}
	for len(body) > 0 {
		end := d.Framing().First(format.AtRecord, body)
		if end < 0 {
			end = len(body)
		}
		record := bytes.TrimSuffix(bytes.TrimSuffix(body[:end], []byte{'\n'}), []byte{'\r'})
		if err := decode(record); err != nil {
			return nil, err
		}
		body = body[end:]
	}
	return d.Finish(), nil
}
