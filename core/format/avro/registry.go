package avro

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/format"
)

// registry asks a schema registry over HTTP. A schema is asked for once: an id never changes.
type registry struct {
	format                      string // its name, for errors
	table, url, subject, schema string
	user, token                 string
	client                      *http.Client
	programs                    map[uint32]*program
}

func newRegistry(c *format.Config, name string) (*registry, error) {
	o := c.Options
	r := &registry{format: name, table: c.Table, url: strings.TrimRight(o.String("url", ""), "/"),
		subject: o.String("subject", c.Subject), schema: o.String("schema", ""),
		user:  o.String("basic-auth.user-info", ""),
		token: o.String("bearer-auth.token", ""), programs: map[uint32]*program{},
		client: &http.Client{Timeout: 30 * time.Second}}
	if u, err := url.Parse(r.url); err != nil || u.Host == "" {
		return nil, errs.Userf("table '%s': format %s needs the option '%s.url', the address of a "+
			"schema registry", c.Table, name, name).
			Fix("write it as 'http://localhost:8081'")
	}
	return r, nil
}

// program is the decoding of records with a schema id.
func (r *registry) program(d *decoder, id uint32) (*program, error) {
	if p := r.programs[id]; p != nil {
		return p, nil
	}
	var answer struct{ Schema, SchemaType string }
	if err := r.call(http.MethodGet, fmt.Sprintf("/schemas/ids/%d", id), nil, &answer); err != nil {
		return nil, err
	}
	root, err := parse(answer.Schema)
	if err != nil || root.kind != "record" || answer.SchemaType != "" && answer.SchemaType != "AVRO" {
		return nil, errs.Dataf("schema %d of the registry is no Avro record", id).Wrap(err)
	}
	p := d.program(root)
	r.programs[id] = p
	return p, nil
}

// register returns the id of a schema under the subject, which has it after that.
func (r *registry) register(schema string) (uint32, error) {
	if r.subject == "" {
		return 0, errs.Userf("table '%s': format %s needs the option '%s.subject' here", r.table,
			r.format, r.format)
	}
	body, err := json.Marshal(map[string]string{"schema": schema})
	if err != nil {
		return 0, err
	}
	var answer struct{ ID uint32 }
	err = r.call(http.MethodPost, "/subjects/"+url.PathEscape(r.subject)+"/versions", body, &answer)
	return answer.ID, err
}

// call sends a request, three times when the registry is away.
func (r *registry) call(method, path string, body []byte, answer any) (err error) {
	for try := range 3 {
		if try > 0 {
			time.Sleep(time.Duration(try) * 200 * time.Millisecond)
		}
		if err = r.once(method, path, body, answer); errs.MarkOf(err) != errs.Transient {
			return err
		}
	}
	return err
}

func (r *registry) once(method, path string, body []byte, answer any) error {
	req, err := http.NewRequest(method, r.url+path, bytes.NewReader(body))
	if err != nil {
		return errs.Userf("schema registry").Wrap(err)
	}
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	if name, password, ok := strings.Cut(r.user, ":"); ok {
		req.SetBasicAuth(name, password)
	} else if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return errs.Transientf("schema registry").Wrap(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	switch {
	case err != nil || resp.StatusCode >= 500:
		return errs.Transientf("schema registry: %s %s: %s", method, path, resp.Status).Wrap(err)
	case resp.StatusCode != http.StatusOK:
		return errs.Userf("schema registry: %s %s: %s: %s", method, path, resp.Status,
			strings.TrimSpace(string(data)))
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return errs.Userf("schema registry: %s %s: the answer is no JSON", method, path).Wrap(err)
	}
	return nil
}
