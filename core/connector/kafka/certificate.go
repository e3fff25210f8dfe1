package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
)

// refusal remembers that a broker's certificate was refused: the client would try again for ever
// what can only be put right in the table's options.
type refusal struct {
	once sync.Once
	seen chan struct{}
	err  error
}

func newRefusal() *refusal { return &refusal{seen: make(chan struct{})} }

// note keeps an error of a connection if it is about the certificate.
func (r *refusal) note(table, host string, err error) {
	if !refused(err) {
		return
	}
	r.once.Do(func() {
		r.err = errs.Userf("table '%s': the certificate of broker %s is not trusted", table, host).
			Wrap(err).Fix("name the certificates to trust in 'properties.ssl.truststore.location' (PEM)")
		close(r.seen)
	})
}

func refused(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &invalid) ||
		errors.As(err, &name)
}

// guard ends calls of a client when a certificate has been refused; reason is then why.
func (r *refusal) guard(ctx context.Context) (guarded context.Context, stop context.CancelFunc) {
	guarded, stop = context.WithCancel(ctx)
	go func() {
		select {
		case <-r.seen:
			stop()
		case <-guarded.Done():
		}
	}()
	return guarded, stop
}

// reason is the refusal, or else err.
func (r *refusal) reason(err error) error {
	select {
	case <-r.seen:
		return r.err
	default:
		return err
	}
}
