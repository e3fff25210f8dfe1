package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// client sends bulk requests to one of several servers.
type client struct {
	table          string
	hosts          []string
	at             atomic.Uint32 // the host that answers, as far as is known
	user, password string
	http           *http.Client
}

func newClient(t *connector.Table, o *connector.Options) (*client, error) {
	c := &client{table: t.Name, user: o.String("username", ""), password: o.String("password", "")}
	if c.user == "" && c.password != "" {
		return nil, errs.Userf("table '%s': 'password' needs 'username'", t.Name)
	}
	var err error
	if c.hosts, err = hostsOf(t, o.String("hosts", ""), o.String("connection.path-prefix", "")); err != nil {
		return nil, err
	}
	answer := o.Duration("socket.timeout", 30*time.Second)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	dialer := &net.Dialer{Timeout: o.Duration("connection.timeout", 10*time.Second)}
	transport.DialContext = dialer.DialContext
	c.http = &http.Client{Transport: transport,
		Timeout: o.Duration("connection.request-timeout", answer)}
	return c, o.Err()
}

// passing are the statuses that another try may not get, of a request and of an action.
var passing = []int{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway,
	http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// answer is what the server says of a bulk request: one item an action, by the action's verb.
type answer struct {
	Errors bool `json:"errors"`
	Items  []map[string]struct {
		Status int             `json:"status"`
		Error  json.RawMessage `json:"error"`
	} `json:"items"`
}

// bulk sends a request and marks the actions that are done. When some were refused for a passing
// reason, the error is Transient and the others are not to be sent again.
func (c *client) bulk(ctx context.Context, body []byte, actions []*action) error {
	data, err := c.post(ctx, body)
	if err != nil {
		return err
	}
	var got answer
	if err := json.Unmarshal(data, &got); err != nil || len(got.Items) != len(actions) {
		return errs.Userf("table '%s': %s does not answer as Elasticsearch does: %s", c.table,
			c.host(), short(data)).Fix("set 'hosts' to the addresses of Elasticsearch")
	}
	var later error
	for i, item := range got.Items {
		for verb, result := range item {
			gone := verb == "delete" && result.Status == http.StatusNotFound
			switch {
			case gone || result.Status >= 200 && result.Status < 300:
				actions[i].done = true
			case slices.Contains(passing, result.Status):
				later = errs.Transientf("table '%s': the server refused a document for now (status %d): %s",
					c.table, result.Status, short(result.Error))
			default:
				return errs.Userf("table '%s': the server refused to %s a document (status %d): %s: %s",
					c.table, verb, result.Status, short(result.Error), short(actions[i].lines))
			}
		}
	}
	return later
}

func (c *client) host() string { return c.hosts[int(c.at.Load())%len(c.hosts)] }

// post sends a request to the first server that takes it.
func (c *client) post(ctx context.Context, body []byte) (data []byte, err error) {
	for range c.hosts {
		host := c.host()
		if data, err = c.postTo(ctx, host, body); err == nil || errs.MarkOf(err) != errs.Transient ||
			ctx.Err() != nil {
			return data, err
		}
		c.at.Add(1)
	}
	return nil, err
}

func (c *client) postTo(ctx context.Context, host string, body []byte) ([]byte, error) {
	wrong := func(err error, mark errs.Mark) error {
		e := errs.Userf("table '%s': POST %s/_bulk", c.table, host).Wrap(err)
		e.Mark = mark
		return e
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, host+"/_bulk", bytes.NewReader(body))
	if err != nil {
		return nil, wrong(err, errs.User)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	if c.user != "" {
		req.SetBasicAuth(c.user, c.password)
	}
	got, err := c.http.Do(req)
	if err != nil {
		return nil, wrong(err, errs.Transient)
	}
	defer func() { _ = got.Body.Close() }() // it has been read, or the error counts
	data, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, wrong(err, errs.Transient)
	}
	if got.StatusCode >= 200 && got.StatusCode < 300 {
		return data, nil
	}
	err = fmt.Errorf("HTTP status %d %s: %s", got.StatusCode, http.StatusText(got.StatusCode),
		short(data))
	if slices.Contains(passing, got.StatusCode) {
		return nil, wrong(err, errs.Transient)
	}
	return nil, wrong(err, errs.User)
}
