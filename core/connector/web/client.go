// Package web reads, looks up and writes over HTTP, and takes what others send as a server.
package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

const headerPrefix = "headers."

// clientOptions are the options of all that sends requests.
var clientOptions = []connector.Option{
	{Name: "url", Type: "string", Required: true, Doc: "Address that requests go to."},
	{Name: headerPrefix, Type: "string", Prefix: true,
		Doc: "Headers of requests: 'headers.X-Tenant' = 'shop'."},
	{Name: "username", Type: "string", Doc: "User of basic authentication."},
	{Name: "password", Type: "string", Doc: "The user's password."},
	{Name: "bearer-token", Type: "string", Doc: "Token of bearer authentication."},
	{Name: "tls.ca-file", Type: "string",
		Doc: "Certificates (PEM) that the server's is checked against; not set: the system's."},
	{Name: "request.timeout", Type: "duration", Default: "30 s", Doc: "How long a request may take."},
}

// client sends requests.
type client struct {
	table   string
	url     string
	method  string
	header  http.Header
	http    *http.Client
	maxBody int64
}

func newClient(t *connector.Table, o *connector.Options, method string) (*client, error) {
	c := &client{table: t.Name, url: o.String("url", ""), method: method, header: http.Header{},
		maxBody: 256 << 20}
	if u, err := url.Parse(c.url); err != nil || u.Host == "" ||
		u.Scheme != "http" && u.Scheme != "https" {
		return nil, errs.Userf("table '%s': option 'url' = '%s' is no address of a web server", t.Name,
			c.url).Fix("write it as 'https://host/path'")
	}
	for k, v := range t.Options {
		if name, ok := strings.CutPrefix(k, headerPrefix); ok {
			c.header.Set(name, v)
		}
	}
	if err := c.authenticate(t.Name, o); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	if ca := o.String("tls.ca-file", ""); ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, errs.Userf("table '%s': 'tls.ca-file'", t.Name).Wrap(err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, errs.Userf("table '%s': 'tls.ca-file' = '%s' holds no certificate in PEM", t.Name,
				ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	c.http = &http.Client{Transport: transport,
		Timeout: o.Duration("request.timeout", 30*time.Second)}
	return c, o.Err()
}

func (c *client) authenticate(table string, o *connector.Options) error {
	user, token := o.String("username", ""), o.String("bearer-token", "")
	switch {
	case user != "" && token != "":
		return errs.Userf("table '%s': there are 'username' and 'bearer-token'", table).
			Fix("set one of them")
	case user == "" && o.Has("password"):
		return errs.Userf("table '%s': 'password' needs 'username'", table)
	case user != "":
		both := user + ":" + o.String("password", "")
		c.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(both)))
	case token != "":
		c.header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// response is what a server has answered.
type response struct {
	status int
	header http.Header
	body   []byte
}

// statusError says that a server refused a request.
type statusError struct {
	status int
	body   string
	after  time.Duration // that it asks to wait; 0: it does not say
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("HTTP status %d %s", e.status, http.StatusText(e.status))
	if e.body != "" {
		text += ": " + e.body
	}
	return text
}

// passing are the statuses that another try may not get.
var passing = []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
	http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
	http.StatusGatewayTimeout}

// maxShown is how much of an answer an error shows.
const maxShown = 200

// send sends one request; an answer that is no success is a *statusError.
func (c *client) send(ctx context.Context, address, kind string, body []byte) (*response, error) {
	wrong := func(err error) *errs.Error {
		return errs.Userf("table '%s': %s %s", c.table, c.method, address).Wrap(err)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address, bytes.NewReader(body))
	if err != nil {
		return nil, wrong(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	for k, v := range c.header {
		req.Header[k] = v
	}
	got, err := c.http.Do(req)
	if err != nil {
		e := wrong(err)
		e.Mark = errs.Transient
		return nil, e
	}
	defer func() { _ = got.Body.Close() }() // it has been read, or the error counts
	data, err := io.ReadAll(io.LimitReader(got.Body, c.maxBody+1))
	if err != nil {
		e := wrong(err)
		e.Mark = errs.Transient
		return nil, e
	}
	if int64(len(data)) > c.maxBody {
		return nil, wrong(errs.Userf("the answer is larger than %d MB", c.maxBody>>20))
	}
	r := &response{status: got.StatusCode, header: got.Header, body: data}
	if r.status >= 200 && r.status < 300 {
		return r, nil
	}
	refused := &statusError{status: r.status,
		body: strings.TrimSpace(string(data[:min(len(data), maxShown)]))}
	if s, err := strconv.Atoi(got.Header.Get("Retry-After")); err == nil && s >= 0 {
		refused.after = time.Duration(s) * time.Second
	}
	e := wrong(refused)
	if slices.Contains(passing, r.status) {
		e.Mark = errs.Transient
	}
	return r, e
}

// kindOf is the content type of a format.
func kindOf(format string) string {
	switch {
	case format == "csv":
		return "text/csv; charset=utf-8"
	case format == "raw":
		return "text/plain; charset=utf-8"
	case strings.Contains(format, "json"):
		return "application/json"
	case format == "protobuf":
		return "application/x-protobuf"
	}
	return "application/octet-stream"
}
