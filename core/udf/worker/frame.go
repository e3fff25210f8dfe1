package worker

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// pipe is one end of the way that calls and answers take: a socket for the frames, an arena each
// way for the messages.
type pipe struct {
	fd   int
	out  *arena
	in   *arena
	read [frameBytes]byte

	mu     sync.Mutex // of closed: shut may come from any goroutine
	closed bool
}

// frameBytes is the size of a frame: the length of the message, the size of its arena, and how
// many control messages were sent before it.
const frameBytes = 24

// ErrGone says that the other process has gone.
var ErrGone = errors.New("the other process has gone")

// message starts a message, in shared memory as long as it fits.
func (p *pipe) message() []byte { return p.out.mem[:0:len(p.out.mem)] }

// send hands a message over.
func (p *pipe) send(message []byte, sent uint64) error {
	if err := p.out.put(message); err != nil {
		return err
	}
	var f [frameBytes]byte
	binary.LittleEndian.PutUint64(f[0:], uint64(len(message)))
	binary.LittleEndian.PutUint64(f[8:], uint64(len(p.out.mem)))
	binary.LittleEndian.PutUint64(f[16:], sent)
	for b := f[:]; len(b) > 0; {
		n, err := syscall.SendmsgN(p.fd, b, nil, nil, noSignal)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return ErrGone
		}
		b = b[n:]
	}
	return nil
}

// receive waits for a message, which is valid until the next one is received.
func (p *pipe) receive() (message []byte, sent uint64, err error) {
	for got := 0; got < frameBytes; {
		n, err := syscall.Read(p.fd, p.read[got:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return nil, 0, ErrGone
		}
		got += n
	}
	n := binary.LittleEndian.Uint64(p.read[0:])
	if err := p.in.follow(int(binary.LittleEndian.Uint64(p.read[8:]))); err != nil {
		return nil, 0, err
	}
	if n > uint64(len(p.in.mem)) {
		return nil, 0, errors.New("a message is longer than its memory")
	}
	return p.in.mem[:n:n], binary.LittleEndian.Uint64(p.read[16:]), nil
}

// shut ends both directions: who waits finds that the other process has gone.
func (p *pipe) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		_ = syscall.Shutdown(p.fd, syscall.SHUT_RDWR) // gone already: the same
	}
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	_ = syscall.Close(p.fd) // nothing is lost: calls are over
	p.out.close()
	p.in.close()
}

// control carries small messages that are no answers, each way.
type control struct {
	file *os.File
	mu   sync.Mutex
	sent atomic.Uint64
}

// Kinds of control messages.
const (
	controlOut       = byte(iota) // worker: text for standard output
	controlErr                    // worker: text for standard error
	controlLog                    // worker: a log record, pickled
	controlWake                   // worker: an asynchronous function has something; its number
	controlAsk                    // worker: what is this attribute of __main__?
	controlAnswer                 // job: the attribute, pickled; empty: there is none
	controlInterrupt              // job: break off what runs
)

// send sends a message; an error means that the other process has gone.
func (c *control) send(kind byte, data []byte) error {
	b := make([]byte, 5, 5+len(data))
	b[0] = kind
	binary.LittleEndian.PutUint32(b[1:], uint32(len(data)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.file.Write(append(b, data...)); err != nil {
		return ErrGone
	}
	c.sent.Add(1)
	return nil
}

// serve hands every message that arrives to handle until the other process has gone.
func (c *control) serve(handle func(kind byte, data []byte)) {
	var head [5]byte
	for {
		if _, err := io.ReadFull(c.file, head[:]); err != nil {
			return
		}
		data := make([]byte, binary.LittleEndian.Uint32(head[1:]))
		if _, err := io.ReadFull(c.file, data); err != nil {
			return
		}
		handle(head[0], data)
	}
}
