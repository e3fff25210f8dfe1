package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// silent is the client library's log.
type silent struct{}

// Printf implements the interface of the library.
func (silent) Printf(context.Context, string, ...any) {}

// client is how the server is reached.
type client struct {
	table   string
	options *redis.Options
}

func (c *client) read(t *connector.Table, o *connector.Options) error {
	c.table = t.Name
	address := o.String("url", "")
	var err error
	if c.options, err = redis.ParseURL(address); err != nil {
		return errs.Userf("table '%s': option 'url' = '%s' is no address of a Redis server", t.Name,
			address).Wrap(err).Fix("write it as 'redis://host:6379/0', or 'rediss://…' with TLS")
	}
	c.options.MaxRetries = -1 // the writer and the lookup join try again
	c.options.MaintNotificationsConfig = &maintnotifications.Config{
		Mode: maintnotifications.ModeDisabled}
	c.options.Username = o.String("username", c.options.Username)
	c.options.Password = o.String("password", c.options.Password)
	if err := o.Err(); err != nil {
		return err
	}
	return c.secure(o)
}

// secure reads the certificates.
func (c *client) secure(o *connector.Options) error {
	ca, cert, key := o.String("tls.ca-file", ""), o.String("tls.cert-file", ""),
		o.String("tls.key-file", "")
	if ca+cert+key == "" {
		return nil
	}
	if c.options.TLSConfig == nil {
		return errs.Userf("table '%s': 'tls.*' is set, but the address is without TLS", c.table).
			Fix("begin it with 'rediss://'")
	}
	if (cert == "") != (key == "") {
		return errs.Userf("table '%s': 'tls.cert-file' and 'tls.key-file' are set together", c.table)
	}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return errs.Userf("table '%s': 'tls.ca-file'", c.table).Wrap(err)
		}
		c.options.TLSConfig.RootCAs = x509.NewCertPool()
		if !c.options.TLSConfig.RootCAs.AppendCertsFromPEM(text) {
			return errs.Userf("table '%s': 'tls.ca-file' = '%s' holds no certificate in PEM", c.table, ca)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return errs.Userf("table '%s': 'tls.cert-file'", c.table).Wrap(err)
		}
		c.options.TLSConfig.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// open makes a client of up to most connections; they are opened when they are needed.
func (c *client) open(most int) *redis.Client {
	o := *c.options
	o.PoolSize = max(most, 1)
	return redis.NewClient(&o)
}

// wrap marks an error: what a broken connection or a server that starts, is full or is busy says
// may pass.
func (c *client) wrap(err error) error {
	e := errs.Userf("table '%s': Redis at %s", c.table, c.options.Addr).Wrap(err)
	var network net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network),
		errors.Is(err, net.ErrClosed), errors.Is(err, redis.ErrClosed),
		errors.Is(err, context.DeadlineExceeded):
		e.Mark = errs.Transient
		return e
	}
	for _, p := range []string{"LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY",
		"OOM", "ERR max number of clients"} {
		if strings.HasPrefix(err.Error(), p) {
			e.Mark = errs.Transient
		}
	}
	if strings.HasPrefix(err.Error(), "WRONGTYPE") {
		return e.Fix("the key holds another structure than 'structure' says")
	}
	return e
}
