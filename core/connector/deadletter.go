package connector

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"unicode/utf8"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// DecodeErrorOptions are the options about records that cannot be decoded, of a source that hands
// them to DeadLetters.
var DecodeErrorOptions = []Option{
	{Name: "scan.decode-error.policy", Type: "enum(fail|skip|dead-letter)", Default: "fail",
		Doc: "What to do with a record that cannot be decoded: fail the job, leave it out, or write it " +
			"to 'scan.decode-error.path' instead, at least once."},
	{Name: "scan.decode-error.path", Type: "string",
		Doc: "Directory of the policy dead-letter, on this machine or in an object store. Its files " +
			"have JSON lines with 'table', 'place', 'error' and 'record' ('record_base64' where it is " +
			"no UTF-8)."},
}

// DecodeErrors is what a table says about records that cannot be decoded.
type DecodeErrors struct {
	table  string
	policy string
	path   string
	fs     fsys.FS
}

// ReadDecodeErrors reads DecodeErrorOptions.
func ReadDecodeErrors(t *Table, o *Options) DecodeErrors {
	d := DecodeErrors{table: t.Name, path: o.String("scan.decode-error.path", ""), fs: t.FS,
		policy: o.Enum("scan.decode-error.policy", "fail", "fail", "skip", "dead-letter")}
	if d.fs == nil {
		d.fs = fsys.Machine{}
	}
	if d.policy == "dead-letter" && d.path == "" {
		o.Fail("scan.decode-error.policy", "possible without 'scan.decode-error.path'")
	}
	return d
}

// Fail says that such a record fails the job.
func (d *DecodeErrors) Fail() bool { return d.policy == "fail" }

// DeadLetters takes the records of one reader that cannot be decoded; safe for several goroutines.
type DeadLetters struct {
	DecodeErrors
	log     *slog.Logger
	dropped func()

	mu      sync.Mutex
	skipped int
	id      string // of this reader's files
	files   int
	buf     bytes.Buffer
}

// lettersMax is how many bytes of letters wait for a checkpoint.
const lettersMax = 1 << 20

// NewDeadLetters makes the letters of a reader.
func NewDeadLetters(d DecodeErrors, ctx *ReaderContext) *DeadLetters {
	return &DeadLetters{DecodeErrors: d, log: ctx.Log, dropped: ctx.Dropped}
}

// Bury takes a record; cause is why and place where. It returns cause when the job is to fail.
func (d *DeadLetters) Bury(record []byte, place string, cause error) error {
	if d.Fail() || errs.MarkOf(cause) != errs.Data {
		return cause
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dropped != nil {
		d.dropped()
	}
	if d.skipped++; d.skipped&(d.skipped-1) == 0 { // the 1st, 2nd, 4th, 8th, …
		d.log.Warn("a record cannot be decoded and is left out", "table", d.table, "so far", d.skipped,
			"error", cause)
	}
	if d.policy == "skip" {
		return nil
	}
	letter := map[string]any{"table": d.table, "place": place, "error": cause.Error()}
	if utf8.Valid(record) {
		letter["record"] = string(record)
	} else {
		letter["record_base64"] = record
	}
	line, err := json.Marshal(letter)
	if err != nil {
		return errs.Internalf("a dead letter cannot be written").Wrap(err)
	}
	d.buf.Write(append(line, '\n'))
	if d.buf.Len() < lettersMax {
		return nil
	}
	return d.flush()
}

// Flush writes what waits: a reader calls it before the snapshot that leaves the records behind,
// and at its end.
func (d *DeadLetters) Flush() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flush()
}

func (d *DeadLetters) flush() error {
	if d.buf.Len() == 0 {
		return nil
	}
	if d.id == "" {
		id := make([]byte, 8)
		if _, err := rand.Read(id); err != nil {
			return errs.Internalf("there are no random bytes").Wrap(err)
		}
		d.id = hex.EncodeToString(id)
	}
	name := fmt.Sprintf("%s/letters-%s-%d.json", d.path, d.id, d.files)
	err := d.fs.MkdirAll(d.path)
	if err == nil {
		err = fsys.WriteFile(d.fs, name, d.buf.Bytes())
	}
	if err != nil {
		return errs.Transientf("table '%s': file '%s' for records that cannot be decoded", d.table,
			name).Wrap(err)
	}
	d.files++
	d.buf.Reset()
	return nil
}
