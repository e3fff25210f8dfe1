package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

var webhookOptions = append([]connector.Option{
	{Name: "port", Type: "int", Required: true, Doc: "Port to listen on."},
	{Name: "host", Type: "string", Default: "127.0.0.1",
		Doc: "Address to listen on; '0.0.0.0' for all of the machine."},
	{Name: "path", Type: "string", Default: "/", Doc: "Path that is posted to; others are not found."},
	{Name: "username", Type: "string", Doc: "User of basic authentication that senders must give."},
	{Name: "password", Type: "string", Doc: "The user's password."},
	{Name: "bearer-token", Type: "string", Doc: "Token that senders must give."},
	{Name: "acknowledge", Type: "enum(checkpoint|received)",
		Doc: "When a request is answered: when its rows are part of a complete checkpoint, or when the " +
			"job has taken them. Not set: by checkpoints, where the job makes them."},
	{Name: "max-body", Type: "memory", Default: "16 mb", Doc: "Largest body."},
	{Name: "max-pending", Type: "int", Default: "256",
		Doc: "Requests that wait for the job to take their rows."},
	{Name: "max-wait", Type: "duration", Default: "10 s",
		Doc: "How long a request waits where so many do already, before it is refused with status 503."},
}, readingOptions...)

// Webhook takes what others send.
type Webhook struct {
	*reading
	address     string
	path        string
	user        string
	password    string
	token       string
	acknowledge string // "" : as checkpoints are
	maxBody     int64
	pending     int
	wait        time.Duration
}

var (
	_ connector.Source          = (*Webhook)(nil)
	_ connector.ChangelogSource = (*Webhook)(nil)
)

func newWebhook(t *connector.Table) (*Webhook, error) {
	o := t.OptionReader()
	r, err := newReading(t, o)
	if err != nil {
		return nil, err
	}
	port := o.Int("port", 0, 1)
	if port > 65535 {
		o.Fail("port", "at most 65535")
	}
	w := &Webhook{reading: r, path: o.String("path", "/"), user: o.String("username", ""),
		password: o.String("password", ""), token: o.String("bearer-token", ""),
		acknowledge: o.Enum("acknowledge", "", "checkpoint", "received"),
		maxBody:     o.Memory("max-body", 16<<20), pending: int(o.Int("max-pending", 256, 1)),
		wait:    o.Duration("max-wait", 10*time.Second),
		address: net.JoinHostPort(o.String("host", "127.0.0.1"), strconv.FormatInt(port, 10))}
	switch {
	case !strings.HasPrefix(w.path, "/"):
		o.Fail("path", "a path that begins with '/'")
	case w.user != "" && w.token != "":
		return nil, errs.Userf("table '%s': there are 'username' and 'bearer-token'", t.Name).
			Fix("set one of them")
	case w.user == "" && o.Has("password"):
		return nil, errs.Userf("table '%s': 'password' needs 'username'", t.Name)
	}
	return w, o.Err()
}

// Schema implements connector.Source.
func (w *Webhook) Schema() *types.Schema { return w.table.Schema }

// Bounded implements connector.Source.
func (w *Webhook) Bounded() bool { return false }

// Kinds implements connector.ChangelogSource.
func (w *Webhook) Kinds() connector.Kinds { return max(w.format.Reads, connector.InsertOnly) }

// NewEnumerator implements connector.Source: one reader listens.
func (w *Webhook) NewEnumerator(
	_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	return connector.NewListEnumerator([]connector.Split{{ID: "0"}}, restored)
}

// NewReader implements connector.Source.
func (w *Webhook) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	l := &listener{src: w, ctx: ctx, queue: make(chan *delivery, w.pending),
		quit: make(chan struct{}), byCheckpoint: ctx.Checkpoints}
	if w.acknowledge != "" {
		l.byCheckpoint = w.acknowledge == "checkpoint"
	}
	if l.byCheckpoint && !ctx.Checkpoints {
		return nil, errs.Userf("table '%s': 'acknowledge' = 'checkpoint', but the job makes none",
			w.table.Name).Fix("set 'execution.checkpointing.interval', or 'acknowledge' = 'received'")
	}
	return l, nil
}

// allowed says whether a request may send.
func (w *Webhook) allowed(r *http.Request) bool {
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	switch {
	case w.token != "":
		return same(r.Header.Get("Authorization"), "Bearer "+w.token)
	case w.user != "":
		user, password, _ := r.BasicAuth()
		return same(user, w.user) && same(password, w.password)
	}
	return true
}
