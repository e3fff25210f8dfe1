package rabbitmq

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// client is how a queue is reached.
type client struct {
	table, queue string
	address      string // as the library takes it; it may hold a password
	host         string // host and port
	vhost        string // "": the address says it
	user         string
	password     string // "": the address says it
	config       amqp.Config
	timeout      time.Duration
	recovers     bool          // connects again by itself
	pause        time.Duration // before it does
	redeclares   bool          // the queue, then
}

func newClient(t *connector.Table, o *connector.Options) (*client, error) {
	c := &client{table: t.Name, queue: o.String("queue", ""),
		timeout:    o.Duration("connection-timeout", time.Minute),
		recovers:   o.Bool("automatic-recovery", true),
		pause:      o.Duration("network-recovery-interval", 5*time.Second),
		redeclares: o.Bool("topology-recovery", true)}
	if c.queue == "" || len(c.queue) > 255 {
		o.Fail("queue", "the name of a queue: 1 to 255 bytes")
	}
	channels, frame := o.Int("requested-channel-max", 2047, 0), o.Int("requested-frame-max", 0, 0)
	if channels > 65535 {
		o.Fail("requested-channel-max", "at most 65535")
	}
	c.config = amqp.Config{ChannelMax: uint16(channels), FrameSize: int(frame),
		Properties: amqp.NewConnectionProperties()}
	c.config.Properties.SetClientConnectionName("headrace: " + t.Name)
	beat := o.Duration("requested-heartbeat", time.Minute)
	if beat%time.Second != 0 || beat > 65535*time.Second {
		o.Fail("requested-heartbeat", "whole seconds, at most 65535")
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	seconds := strconv.Itoa(int(beat / time.Second))
	if o.Has("uri") {
		return c, c.whole(o, seconds)
	}
	return c, c.parts(o, seconds)
}

// parts reads the options that say one by one where the broker is.
func (c *client) parts(o *connector.Options, heartbeat string) error {
	port := o.Int("port", 5672, 1)
	if port > 65535 {
		o.Fail("port", "at most 65535")
	}
	host := o.String("host", "")
	if host == "" {
		return errs.Userf("table '%s': where is the broker?", c.table).
			Fix("set 'host', or 'uri' = 'amqp://user:password@host:5672/vhost'")
	}
	c.host = net.JoinHostPort(host, strconv.FormatInt(port, 10))
	c.user, c.password = o.String("username", "guest"), o.String("password", "guest")
	c.vhost = o.String("virtual-host", "/")
	c.address = "amqp://" + c.host + "/?heartbeat=" + heartbeat
	return o.Err()
}

// whole reads 'uri'. Its text is in no error, since it may hold a password.
func (c *client) whole(o *connector.Options, heartbeat string) error {
	for _, name := range []string{"host", "port", "virtual-host", "username", "password"} {
		if o.Has(name) {
			return errs.Userf("table '%s': 'uri' and '%s' say the same", c.table, name).
				Fix("leave one of them out")
		}
	}
	c.address = o.String("uri", "")
	uri, err := amqp.ParseURI(c.address)
	link, lerr := url.Parse(c.address)
	if err != nil || lerr != nil {
		return errs.Userf("table '%s': option 'uri' is no address of a RabbitMQ broker", c.table).
			Fix("write it as 'amqp://user:password@host:5672/vhost', with what is special in a name " +
				"or password as %%xx")
	}
	if q := link.Query(); o.Has("requested-heartbeat") || !q.Has("heartbeat") {
		q.Set("heartbeat", heartbeat)
		link.RawQuery = q.Encode()
		c.address = link.String()
	}
	if !o.Has("connection-timeout") && uri.ConnectionTimeout > 0 {
		c.timeout = time.Duration(uri.ConnectionTimeout) * time.Millisecond
	}
	if !o.Has("requested-channel-max") {
		c.config.ChannelMax = uri.ChannelMax
	}
	c.host = net.JoinHostPort(uri.Host, strconv.Itoa(uri.Port))
	c.user, c.vhost = uri.Username, uri.Vhost
	return nil
}

// dial connects; the connection ends with ctx. again says that the broker was there before.
func (c *client) dial(ctx context.Context, log *slog.Logger, again bool) (
	*amqp.Connection, error,
) {
	config := c.config
	var raw net.Conn
	config.Dial = func(network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: c.timeout}
		var err error
		if raw, err = d.DialContext(ctx, network, address); err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = raw.Close() })     // whatever waits for the broker ends
		return raw, raw.SetDeadline(time.Now().Add(c.timeout)) // the library lifts it
	}
	config.Vhost = c.vhost
	if c.password != "" {
		config.SASL = []amqp.Authentication{&amqp.PlainAuth{Username: c.user, Password: c.password}}
	}
	conn, err := amqp.DialConfig(c.address, config)
	if err != nil {
		if raw != nil {
			_ = raw.Close() // the error counts
		}
		if errors.Is(err, amqp.ErrCredentials) && !again {
			// The broker has closed the connection in place of an answer; the library does not ask it
			// for one. One that was there before may have stopped instead.
			return nil, errs.Userf("table '%s': RabbitMQ at %s does not let user '%s' in", c.table, c.host,
				c.user).Wrap(err).Fix("check the name of the user and the password")
		}
		return nil, c.wrap(err)
	}
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	go func() {
		for b := range blocked {
			if b.Active {
				log.Warn("rabbitmq: the broker takes no messages for now", "table", c.table, "reason",
					b.Reason)
			}
		}
	}()
	if err := c.find(conn, !again || c.redeclares); err != nil {
		_ = conn.Close() // the error counts
		return nil, c.wrap(err)
	}
	return conn, nil
}

// find looks for the queue, which may have any properties, and declares it if it is not there.
func (c *client) find(conn *amqp.Connection, declare bool) error {
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	_, err = ch.QueueDeclarePassive(c.queue, true, false, false, false, nil)
	var refusal *amqp.Error
	if errors.As(err, &refusal) && refusal.Code == amqp.NotFound && declare {
		if ch, err = conn.Channel(); err != nil { // the broker has closed the other one
			return err
		}
		_, err = ch.QueueDeclare(c.queue, true, false, false, false, nil)
	}
	if err != nil {
		return err
	}
	return ch.Close()
}

// wrap marks an error: what a broken connection or a broker that stops says may pass.
func (c *client) wrap(err error) error {
	if errors.As(err, new(*errs.Error)) {
		return err
	}
	e := errs.Userf("table '%s': RabbitMQ at %s", c.table, c.host).Wrap(err)
	var refusal *amqp.Error
	if !errors.As(err, &refusal) || !refusal.Server {
		var name *net.DNSError
		if errors.As(err, &name) && name.IsNotFound {
			return e.Fix("check the name of the host")
		}
		e.Mark = errs.Transient
		return e
	}
	switch refusal.Code {
	case amqp.AccessRefused:
		return e.Fix("check the name of user '%s', the password and the permissions", c.user)
	case amqp.NotAllowed:
		return e.Fix("check the virtual host '%s' and whether user '%s' may use it", c.vhost, c.user)
	case amqp.NotFound:
		return e.Fix("declare the queue '%s' first, or leave 'topology-recovery' on", c.queue)
	case amqp.ResourceLocked:
		return e.Fix("another connection has the queue '%s' for itself", c.queue)
	case amqp.PreconditionFailed:
		if strings.Contains(refusal.Reason, "timed out") { // a delivery was not acknowledged in time
			e.Mark = errs.Transient
			return e.Fix("checkpoints are to be complete within the broker's consumer_timeout")
		}
		return e
	case amqp.NotImplemented, amqp.SyntaxError, amqp.CommandInvalid:
		return e
	}
	e.Mark = errs.Transient
	return e
}
