package pulsar

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// cluster is how the brokers are reached.
type cluster struct {
	*settings
	url, admin string
	config     broker.Config
}

func readCluster(t *connector.Table, o *connector.Options) (*cluster, error) {
	s, err := readSettings(t)
	if err != nil {
		return nil, err
	}
	c := &cluster{settings: s, url: o.String("service-url", ""),
		admin: strings.TrimRight(o.String("admin-url", s.get("pulsar.admin.adminUrl", "")), "/")}
	c.config = broker.Config{URL: c.url, Listener: s.get("pulsar.client.listenerName", "")}
	if _, err := broker.NewClient(c.config); err != nil {
		o.Fail("service-url", "an address like 'pulsar://host:6650' or 'pulsar+ssl://host:6651'")
		return nil, o.Err()
	}
	if c.admin != "" && !strings.HasPrefix(c.admin, "http://") &&
		!strings.HasPrefix(c.admin, "https://") {
		o.Fail("admin-url", "an address like 'http://host:8080'")
		return nil, o.Err()
	}
	for key, to := range map[string]*time.Duration{
		"pulsar.client.connectionTimeoutMs": &c.config.ConnectTimeout,
		"pulsar.client.operationTimeoutMs":  &c.config.RequestTimeout} {
		ms, err := s.number(key, 0, 0)
		if err != nil {
			return nil, err
		}
		*to = time.Duration(ms) * time.Millisecond
	}
	plugin := o.String("authentication.plugin", s.get("pulsar.client.authPluginClassName", ""))
	params := o.String("authentication.params", s.get("pulsar.client.authParams",
		s.get("pulsar.client.authParamMap", "")))
	var cert, key string
	if c.config.Auth, cert, key, err = broker.NewAuth(plugin, params); err != nil {
		return nil, errs.Userf("table '%s': 'authentication.plugin' = '%s'", t.Name, plugin).Wrap(err)
	}
	return c, c.secure(cert, key)
}

// secure reads the certificates.
func (c *cluster) secure(cert, key string) error {
	insecure, err := c.flag("pulsar.client.tlsAllowInsecureConnection", false)
	if err != nil {
		return err
	}
	names, err := c.flag("pulsar.client.tlsHostnameVerificationEnable", false)
	if err != nil {
		return err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca := c.get("pulsar.client.tlsTrustCertsFilePath", ""); ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return errs.Userf("table '%s': 'pulsar.client.tlsTrustCertsFilePath'", c.table).Wrap(err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return errs.Userf("table '%s': 'pulsar.client.tlsTrustCertsFilePath' = '%s' holds no "+
				"certificate in PEM", c.table, ca)
		}
	}
	cert = c.get("pulsar.client.tlsCertificateFilePath", cert)
	key = c.get("pulsar.client.tlsKeyFilePath", key)
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return errs.Userf("table '%s': the client's certificate and key", c.table).Wrap(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	switch {
	case insecure:
		config.InsecureSkipVerify = true // asked for
	case !names:
		anyName(config)
	}
	c.config.TLS = config
	return nil
}

// anyName checks the chain of a server's certificate but not the host's name in it, which is
// Pulsar's default.
func anyName(config *tls.Config) {
	roots := config.RootCAs
	config.InsecureSkipVerify = true // the check below takes its place
	config.VerifyConnection = func(s tls.ConnectionState) error {
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			opts.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(opts)
		return err
	}
}

// open makes a client; it connects when it is used.
func (c *cluster) open(log *slog.Logger) (*broker.Client, error) {
	config := c.config
	config.Log = log
	return broker.NewClient(config)
}

// properties reads a setting that is a map.
func (c *cluster) properties(key string) []broker.Property {
	pairs := c.pairs(key)
	var out []broker.Property
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		out = append(out, broker.Property{Key: k, Value: pairs[k]})
	}
	return out
}

// subscribed asks the administrative interface whether a topic has a subscription.
func (c *cluster) subscribed(ctx context.Context, topic, subscription string) (bool, error) {
	where := c.admin + "/admin/v2/persistent/" + strings.TrimPrefix(topic, scheme) + "/subscriptions"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return false, err
	}
	if err := c.config.Auth.Sign(req); err != nil {
		return false, err
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: c.config.TLS,
		Proxy: http.ProxyFromEnvironment}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return false, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return false, &broker.Error{Code: broker.TopicNotFound, Message: topic}
	case http.StatusUnauthorized, http.StatusForbidden:
		return false, &broker.Error{Code: broker.AuthorizationError, Message: where}
	default:
		return false, errs.Transientf("%s answers %s", where, resp.Status)
	}
	var names []string
	if err := json.Unmarshal(body, &names); err != nil {
		return false, errs.Userf("'admin-url' = '%s' is not that of Pulsar's administrative interface",
			c.admin).Wrap(err)
	}
	return slices.Contains(names, subscription), nil
}

// fatal says that asking again will not help.
func fatal(err error) bool { return errs.MarkOf(err) == errs.User || broker.Fatal(err) }
