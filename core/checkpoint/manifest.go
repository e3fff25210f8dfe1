// Package checkpoint decides about checkpoints and keeps them: which are complete, which one to
// restore, what may be deleted (protocol.go: pure functions), and the files themselves (store.go).
//
// A directory of checkpoints looks like Flink's:
//
//	<dir>/<job id>/chk-<n>/_metadata   the manifest of checkpoint n, which makes it complete
//	<dir>/<job id>/chk-<n>/…           files of this checkpoint alone
//	<dir>/<job id>/shared/…            files that several checkpoints may use
//	<dir>/<job id>/taskowned/…         files that outlive checkpoints (a changelog being written)
//
// A savepoint is one directory with _metadata and its files beside it; it may be moved.
package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// MetadataName is the file that makes a checkpoint complete.
const MetadataName = "_metadata"

// Kind tells checkpoints from savepoints.
type Kind string

const (
	Checkpoint Kind = "checkpoint"
	Savepoint  Kind = "savepoint"
)

// Manifest says what a checkpoint consists of. Paths of files are relative to the job's directory,
// those of a savepoint to its own.
type Manifest struct {
	JobID     string `json:"jobId"`
	JobName   string `json:"jobName,omitempty"`
	ID        int64  `json:"id"`
	Kind      Kind   `json:"kind"`
	StartMs   int64  `json:"startMs"`
	EndMs     int64  `json:"endMs"`
	Attempt   int    `json:"attempt"`
	Writer    string `json:"writer,omitempty"` // version of headrace
	Stop      bool   `json:"stop,omitempty"`   // the job ended with it
	Unaligned bool   `json:"unaligned,omitempty"`
	// Operators are in order of their UIDs.
	Operators []Operator `json:"operators"`
}

// Operator is the state of all subtasks of an operator.
type Operator struct {
	UID            string `json:"uid"`
	Name           string `json:"name,omitempty"`
	Parallelism    int    `json:"parallelism"`
	MaxParallelism int    `json:"maxParallelism"`
	// Ended are the subtasks that had reached the end of their input.
	Ended []int `json:"ended,omitempty"`
	// EndedPorts are, by subtask, the input ports whose end the operator had been told of, as bits;
	// subtasks without any are left out.
	EndedPorts map[int]uint64 `json:"endedPorts,omitempty"`
	// Coordinator is the state of what an operator has once a job: a source's enumerator.
	Coordinator []byte         `json:"coordinator,omitempty"`
	Handles     []state.Handle `json:"handles,omitempty"`
}

// HasState says whether anything would be lost without the operator.
func (o *Operator) HasState() bool {
	if len(o.Coordinator) > 0 {
		return true
	}
	for _, h := range o.Handles {
		if len(h.Files) > 0 || len(h.Lists) > 0 || len(h.Channels) > 0 {
			return true
		}
	}
	return false
}

// Files returns every file of the checkpoint, each once.
func (m *Manifest) Files() []state.FileRef {
	var refs []state.FileRef
	seen := map[string]bool{}
	for _, o := range m.Operators {
		for _, h := range o.Handles {
			for _, list := range [][]state.FileRef{h.Files, h.Channels} {
				for _, f := range list {
					if !seen[f.Path] {
						seen[f.Path] = true
						refs = append(refs, f)
					}
				}
			}
		}
	}
	return refs
}

// SizeBytes is what the checkpoint's files come to.
func (m *Manifest) SizeBytes() int64 {
	n := int64(0)
	for _, f := range m.Files() {
		n += f.Size
	}
	return n
}

// NewBytes is what was written for this checkpoint.
func (m *Manifest) NewBytes() int64 {
	n := int64(0)
	for _, o := range m.Operators {
		for _, h := range o.Handles {
			n += h.NewBytes
		}
	}
	return n
}

// A manifest is stored as magic, format version, length and CRC-32C of what follows, JSON.
const (
	manifestMagic   = "HRCHECK"
	manifestVersion = 1
	manifestHead    = len(manifestMagic) + 1 + 8 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode returns the stored form.
func (m *Manifest) Encode() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, errs.Internalf("manifest of checkpoint %d", m.ID).Wrap(err)
	}
	out := append([]byte(manifestMagic), manifestVersion)
	out = binary.BigEndian.AppendUint64(out, uint64(len(body)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(body, castagnoli))
	return append(out, body...), nil
}

// DecodeManifest reads the stored form. Torn and altered ones give a corrupt error, those of
// another version a user error.
func DecodeManifest(b []byte) (*Manifest, error) {
	if len(b) < manifestHead || string(b[:len(manifestMagic)]) != manifestMagic {
		return nil, errs.Corruptf("it is not a manifest of headrace (%d bytes)", len(b)).
			Fix("checkpoints and savepoints of Apache Flink cannot be restored")
	}
	if v := b[len(manifestMagic)]; v != manifestVersion {
		return nil, errs.Userf("it has format version %d, this headrace reads %d", v,
			manifestVersion).Fix("restore it with the version of headrace that wrote it")
	}
	head := b[len(manifestMagic)+1:]
	body := b[manifestHead:]
	if n := binary.BigEndian.Uint64(head); n != uint64(len(body)) {
		return nil, errs.Corruptf("it is torn: %d bytes of %d", len(body), n).
			Fix("restore from another one")
	}
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(head[8:]) {
		return nil, errs.Corruptf("its checksum is wrong").Fix("restore from another one")
	}
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, errs.Corruptf("it does not decode").Wrap(err)
	}
	return m, nil
}
