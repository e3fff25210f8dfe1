// Package socket is a source of records from a TCP connection, for tries: what was sent before a
// failure is not sent again.
package socket

import (
	"bytes"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "socket",
		Doc: "Records that a server sends over TCP, with a delimiter behind each. It ends when " +
			"the server closes the connection. Records are not read again after a failure.",
		Options: append([]connector.Option{
			{Name: "hostname", Type: "string", Required: true, Doc: "Host to connect to."},
			{Name: "port", Type: "int", Required: true, Doc: "Port to connect to."},
			{Name: "delimiter", Type: "string", Default: "\\n", Doc: "Text between records."},
			{Name: "max-retry", Type: "int", Default: "0",
				Doc: "How often to connect again, a second apart; -1: for ever."},
			{Name: "format", Type: "string", Default: "raw", Doc: "Format of a record."},
		}, connector.DecodeErrorOptions...),
		UsesFormat: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t) },
	})
}

// Source reads one connection.
type Source struct {
	table     *connector.Table
	address   string
	delimiter []byte
	retries   int64
	format    *format.Format
	config    *format.Config
	// decodeErrors is what to do with records that cannot be decoded.
	decodeErrors connector.DecodeErrors
}

func newSource(t *connector.Table) (*Source, error) {
	o := t.OptionReader()
	port := o.Int("port", 0, 1)
	if port > 65535 {
		o.Fail("port", "at most 65535")
	}
	delimiter := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").
		Replace(o.String("delimiter", "\n"))
	s := &Source{table: t, delimiter: []byte(delimiter), retries: o.Int("max-retry", 0, -1),
		address: net.JoinHostPort(o.String("hostname", ""), strconv.FormatInt(port, 10))}
	s.decodeErrors = connector.ReadDecodeErrors(t, o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	named := *t
	if _, ok := t.Options["format"]; !ok {
		named.Options = map[string]string{"format": "raw"}
	}
	f, options, err := format.Of(&named, "format")
	if err != nil {
		return nil, err
	}
	if f.NewDecoder == nil {
		return nil, errs.Userf("table '%s': format '%s' has no records to be read from a "+
			"connection", t.Name, f.Name).Fix("use raw, csv or json")
	}
	s.format = f
	s.config = &format.Config{Table: t.Name, Schema: t.Schema, Options: options, Zone: t.Zone}
	_, err = f.NewDecoder(s.config)
	return s, err
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return s.table.Schema }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return false }

// Kinds implements connector.ChangelogSource.
func (s *Source) Kinds() connector.Kinds { return max(s.format.Reads, connector.InsertOnly) }

// NewEnumerator implements connector.Source: one reader connects.
func (s *Source) NewEnumerator(
	_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	return connector.NewListEnumerator([]connector.Split{{ID: "0"}}, restored)
}

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	config := *s.config
	config.Dropped = ctx.Dropped
	d, err := s.format.NewDecoder(&config)
	return &reader{src: s, ctx: ctx, decoder: d, config: &config,
		letters: connector.NewDeadLetters(s.decodeErrors, ctx), chunks: make(chan chunk, 16),
		quit: make(chan struct{})}, err
}

// chunk is some bytes received, or why there are no more.
type chunk struct {
	data []byte
	err  error
	end  bool
}

type reader struct {
	src     *Source
	ctx     *connector.ReaderContext
	decoder format.Decoder
	config  *format.Config
	letters *connector.DeadLetters
	good    [][]byte // records of the batch so far, for decoding them anew behind a bad one
	chunks  chan chunk
	quit    chan struct{}
	conn    chan net.Conn // the open connection, for Close
	active  bool
	noMore  bool
	ended   bool
	buf     []byte
}

func (r *reader) Add(splits []connector.Split) error {
	if len(splits) > 0 && !r.active {
		r.active = true
		r.conn = make(chan net.Conn, 1)
		go r.receive()
	}
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true }

// receive connects and hands over what comes, until the server or the reader closes.
func (r *reader) receive() {
	for try := int64(0); ; try++ {
		conn, err := net.Dial("tcp", r.src.address)
		if err == nil {
			err = r.drain(conn)
			if err == nil && r.src.retries == 0 {
				r.hand(chunk{end: true})
				return
			}
		}
		if r.src.retries >= 0 && try >= r.src.retries {
			if err == nil {
				r.hand(chunk{end: true})
				return
			}
			r.hand(chunk{err: errs.Transientf("table '%s': connection to %s", r.src.table.Name,
				r.src.address).Wrap(err).Fix("start the server first, or set 'max-retry'")})
			return
		}
		again := make(chan struct{})
		stop := r.ctx.Clock.AfterFunc(time.Second, func() { close(again) })
		select {
		case <-again:
		case <-r.quit:
			stop()
			return
		}
	}
}

// drain reads a connection to its end.
func (r *reader) drain(conn net.Conn) error {
	r.conn <- conn
	defer func() {
		select {
		case c := <-r.conn:
			c.Close()
		default: // Close has taken it
		}
	}()
	for {
		buf := make([]byte, 64<<10)
		n, err := conn.Read(buf)
		if n > 0 && !r.hand(chunk{data: buf[:n]}) {
			return nil
		}
		if err != nil {
			return nil // the server has closed, or the reader
		}
	}
}

func (r *reader) hand(c chunk) bool {
	select {
	case r.chunks <- c:
		r.ctx.Wake()
		return true
	case <-r.quit:
		return false
	}
}

func (r *reader) Poll(maxRows, _ int) (connector.Polled, error) {
	if !r.active || r.ended && len(r.buf) == 0 {
		if err := r.letters.Flush(); err != nil {
			return connector.Polled{}, err
		}
		if r.noMore {
			return connector.Polled{Status: connector.Done}, nil
		}
		return connector.Polled{Status: connector.Starved}, nil
	}
	for r.decoder.Len() < maxRows {
		i := bytes.Index(r.buf, r.src.delimiter)
		if i < 0 && r.ended && len(r.buf) > 0 {
			i = len(r.buf)
		}
		if i >= 0 {
			record := r.buf[:i]
			r.buf = r.buf[min(i+len(r.src.delimiter), len(r.buf)):]
			if err := r.decode(record); err != nil {
				return connector.Polled{}, err
			}
			continue
		}
		got, err := r.next()
		if err != nil {
			return connector.Polled{}, err
		}
		if !got {
			break
		}
	}
	if b := r.batch(); b != nil {
		return connector.Polled{Batch: b, Split: "0"}, nil
	}
	if r.ended {
		return connector.Polled{Status: connector.Ready}, nil
	}
	return connector.Polled{Status: connector.Waiting}, nil
}

func (r *reader) decode(record []byte) error {
	if bytes.HasSuffix(r.src.delimiter, []byte{'\n'}) {
		record = bytes.TrimSuffix(record, []byte{'\r'})
	}
	err := r.decoder.DecodeOne(record)
	if err == nil {
		if !r.letters.Fail() {
			r.good = append(r.good, record)
		}
		return nil
	}
	var bad *format.RecordError
	place := "connection to " + r.src.address
	if !errors.As(err, &bad) {
		return err
	}
	if err := r.letters.Bury(record, place, bad.At(place)); err != nil {
		return err
	}
	// an error leaves a decoder in the middle of a record
	if r.decoder, err = r.src.format.NewDecoder(r.config); err != nil {
		return err
	}
	for _, g := range r.good {
		if err := r.decoder.DecodeOne(g); err != nil {
			return err
		}
	}
	return nil
}

// next takes a chunk that has come; false: there is none now.
func (r *reader) next() (bool, error) {
	if r.ended {
		return false, nil
	}
	select {
	case c := <-r.chunks:
		r.ended = c.end
		r.buf = append(r.buf, c.data...)
		return true, c.err
	default:
		return false, nil
	}
}

func (r *reader) batch() *batch.Batch {
	r.good = nil
	if r.decoder.Len() == 0 {
		return nil
	}
	return r.decoder.Finish()
}

// Snapshot implements connector.Reader: a restart connects again.
func (r *reader) Snapshot() ([]connector.Split, error) {
	if err := r.letters.Flush(); err != nil {
		return nil, err
	}
	if !r.active || r.ended && len(r.buf) == 0 {
		return nil, nil
	}
	return []connector.Split{{ID: "0"}}, nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	close(r.quit)
	select {
	case c := <-r.conn:
		return c.Close()
	default:
		return nil
	}
}
