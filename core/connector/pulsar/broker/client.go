package broker

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// Client talks to the brokers of one cluster. It opens a connection to each broker that it needs.
type Client struct {
	Config
	number atomic.Uint64 // of requests, consumers and producers

	mu     sync.Mutex
	conns  map[string]*conn
	dials  map[string]*sync.Mutex
	closed bool
}

// Config says how brokers are reached.
type Config struct {
	URL            string // "pulsar://host:6650,host:6650" or "pulsar+ssl://…"
	TLS            *tls.Config
	Auth           Auth
	Listener       string // name of the brokers' listener to be told of
	ConnectTimeout time.Duration
	RequestTimeout time.Duration
	Log            *slog.Logger
}

// NewClient makes a client; it connects when it is used.
func NewClient(c Config) (*Client, error) {
	if _, _, err := splitURL(c.URL); err != nil {
		return nil, err
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	return &Client{Config: c, conns: map[string]*conn{}, dials: map[string]*sync.Mutex{}}, nil
}

// splitURL takes an address apart.
func splitURL(address string) (secure bool, hosts []string, err error) {
	scheme, rest, ok := strings.Cut(address, "://")
	port := "6650"
	switch {
	case !ok || rest == "" || scheme != "pulsar" && scheme != "pulsar+ssl":
		return false, nil, fmt.Errorf("'%s' is no address of Pulsar brokers", address)
	case scheme == "pulsar+ssl":
		secure, port = true, "6651"
	}
	for _, host := range strings.Split(strings.TrimRight(rest, "/"), ",") {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		hosts = append(hosts, host)
	}
	return secure, hosts, nil
}

func (c *Client) dialHost(ctx context.Context, host string, secure bool) (net.Conn, error) {
	if !secure {
		return (&net.Dialer{}).DialContext(ctx, "tcp", host)
	}
	config := c.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(host)
	}
	return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", host)
}

// connect returns the connection to a broker, which is made when there is none.
func (c *Client) connect(ctx context.Context, address, proxied string) (*conn, error) {
	key := address + " " + proxied
	c.mu.Lock()
	if c.dials[key] == nil {
		c.dials[key] = &sync.Mutex{}
	}
	one := c.dials[key]
	c.mu.Unlock()
	one.Lock()
	defer one.Unlock()
	c.mu.Lock()
	k, closed := c.conns[key], c.closed
	c.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if k != nil && k.why() == nil {
		return k, nil
	}
	k, err := c.dial(ctx, address, proxied)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		k.end(errClosed)
		return nil, errClosed
	}
	c.conns[key] = k
	return k, nil
}

// ask sends a request of a kind to a broker.
func (c *Client) ask(
	ctx context.Context, k *conn, make func(number uint64) *pulsarpb.Command,
) (*pulsarpb.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, c.RequestTimeout)
	defer cancel()
	number := c.number.Add(1)
	return k.request(ctx, number, make(number))
}

// of connects to the broker that serves a topic.
func (c *Client) of(ctx context.Context, topic string) (*conn, error) {
	address, authoritative := c.URL, false
	k, err := c.connect(ctx, address, "")
	if err != nil {
		return nil, err
	}
	for range 20 {
		a, err := c.ask(ctx, k, func(n uint64) *pulsarpb.Command {
			l := &pulsarpb.Lookup{Topic: new(topic), Request: new(n), Authoritative: new(authoritative)}
			if c.Listener != "" {
				l.Listener = new(c.Listener)
			}
			return &pulsarpb.Command{Type: new(int32(tLookup)), Lookup: l}
		})
		if err != nil {
			return nil, err
		}
		r := a.LookupResponse
		if r.GetResponse() == 2 {
			return nil, &Error{r.GetError(), r.GetMessage()}
		}
		broker := r.GetUrl()
		if strings.HasPrefix(c.URL, "pulsar+ssl:") {
			broker = cmp.Or(r.GetUrlTls(), broker)
		}
		authoritative = r.GetAuthoritative()
		if r.GetThroughProxy() {
			k, err = c.connect(ctx, c.URL, strings.SplitN(broker, "://", 2)[1])
		} else {
			k, err = c.connect(ctx, broker, "")
		}
		if err != nil || r.GetResponse() == 1 {
			return k, err
		}
	}
	return nil, fmt.Errorf("the brokers send each other the look-up of topic '%s'", topic)
}

// Partitions returns how many partitions a topic has; 0: it is not partitioned, or is not there.
func (c *Client) Partitions(ctx context.Context, topic string) (int, error) {
	k, err := c.connect(ctx, c.URL, "")
	if err != nil {
		return 0, err
	}
	a, err := c.ask(ctx, k, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tPartitioned)),
			PartitionedMetadata: &pulsarpb.PartitionedMetadata{Topic: new(topic), Request: new(n)}}
	})
	if err != nil {
		return 0, err
	}
	if r := a.PartitionedMetadataResponse; r.GetResponse() == 1 {
		return 0, &Error{r.GetError(), r.GetMessage()}
	}
	return int(a.PartitionedMetadataResponse.GetPartitions()), nil
}

// PartitionName is the topic of one partition.
func PartitionName(topic string, partition int) string {
	return topic + "-partition-" + strconv.Itoa(partition)
}

// Topics returns the persistent topics of a namespace, partitions one by one.
func (c *Client) Topics(ctx context.Context, namespace string) ([]string, error) {
	k, err := c.connect(ctx, c.URL, "")
	if err != nil {
		return nil, err
	}
	a, err := c.ask(ctx, k, func(n uint64) *pulsarpb.Command {
		return &pulsarpb.Command{Type: new(int32(tTopics)), GetTopics: &pulsarpb.GetTopics{
			Request: new(n), Namespace: new(namespace), Mode: new(int32(0))}}
	})
	if err != nil {
		return nil, err
	}
	return a.GetTopicsResponse.GetTopics(), nil
}

// Close ends all connections.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	var all []*conn
	for _, k := range c.conns {
		all = append(all, k)
	}
	c.mu.Unlock()
	for _, k := range all {
		k.end(errClosed)
	}
}

// Pauses between attempts that failed.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// rest waits before the next attempt, and returns how long to wait before the one after.
func rest(ctx context.Context, pause time.Duration) time.Duration {
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
	return min(2*pause, lastPause)
}
