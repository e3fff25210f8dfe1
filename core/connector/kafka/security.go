package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/headrace/headrace/core/base/errs"
)

// security reads security.protocol, ssl.* and sasl.*.
func (p *properties) security() ([]kgo.Opt, error) {
	protocol := strings.ToUpper(p.get("security.protocol", "PLAINTEXT"))
	var opts []kgo.Opt
	switch protocol {
	case "PLAINTEXT", "SASL_PLAINTEXT":
	case "SSL", "SASL_SSL":
		dial, err := p.tls()
		if err != nil {
			return nil, err
		}
		opts = append(opts, dial)
	default:
		return nil, p.wrong("security.protocol", "one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL")
	}
	if !strings.HasPrefix(protocol, "SASL") {
		return opts, nil
	}
	m, err := p.mechanism()
	if err != nil {
		return nil, err
	}
	return append(opts, kgo.SASL(m)), nil
}

var jaasPair = regexp.MustCompile(`([\w.]+)\s*=\s*"((?:[^"\\]|\\.)*)"`)

// mechanism reads sasl.mechanism and the user and password of sasl.jaas.config.
func (p *properties) mechanism() (sasl.Mechanism, error) {
	login := map[string]string{}
	for _, m := range jaasPair.FindAllStringSubmatch(p.values["sasl.jaas.config"], -1) {
		login[m[1]] = strings.ReplaceAll(m[2], `\"`, `"`)
	}
	user, password := login["username"], login["password"]
	name := strings.ToUpper(p.get("sasl.mechanism", "GSSAPI"))
	if name != "OAUTHBEARER" && name != "GSSAPI" && user == "" {
		return nil, errs.Userf("table '%s': 'properties.sasl.jaas.config' has no username", p.table).
			Fix(`write '… required username="…" password="…";'`)
	}
	switch name {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		if token := login["token"]; token != "" {
			return oauth.Auth{Token: token}.AsMechanism(), nil
		}
		return nil, errs.Userf("table '%s': OAUTHBEARER needs a token", p.table).
			Fix(`write '… required token="…";' into 'properties.sasl.jaas.config'`)
	}
	return nil, errs.Userf("table '%s': 'properties.sasl.mechanism' = '%s' is not one of PLAIN, "+
		"SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER", p.table, name)
}

// tls reads ssl.*; stores are PEM, in the property or in a file.
func (p *properties) tls() (kgo.Opt, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca, err := p.pem("ssl.truststore.certificates", "ssl.truststore.location"); err != nil {
		return nil, err
	} else if ca != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, p.wrong("ssl.truststore.location", "a file of PEM certificates").(*errs.Error).
				Fix("convert a JKS store with keytool -exportcert -rfc")
		}
	}
	chain, err := p.pem("ssl.keystore.certificate.chain", "ssl.keystore.location")
	if err != nil {
		return nil, err
	}
	if chain != nil {
		key := []byte(p.values["ssl.keystore.key"])
		if len(key) == 0 {
			key = chain // one file may hold both
		}
		cert, err := tls.X509KeyPair(chain, key)
		if err != nil {
			return nil, errs.Userf("table '%s': 'properties.ssl.keystore.*' is no certificate and "+
				"key in PEM", p.table).Wrap(err)
		}
		config.Certificates = []tls.Certificate{cert}
	}
	if id, ok := p.values["ssl.endpoint.identification.algorithm"]; ok && strings.TrimSpace(id) == "" {
		anyName(config)
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
		c := config.Clone()
		if name, _, err := net.SplitHostPort(host); err == nil && c.ServerName == "" {
			c.ServerName = name
		}
		conn, err := (&tls.Dialer{NetDialer: dialer, Config: c}).DialContext(ctx, network, host)
		if err != nil {
			p.refusal.note(p.table, host, err)
		}
		return conn, err
	}), nil
}

// anyName checks the chain of a server's certificate but not the host's name in it.
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

// pem returns the text of a property, or the content of the file that another names.
func (p *properties) pem(text, file string) ([]byte, error) {
	if v := p.values[text]; v != "" {
		return []byte(v), nil
	}
	path := p.get(file, "")
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, errs.Userf("table '%s': 'properties.%s'", p.table, file).Wrap(err)
	}
	return data, nil
}
