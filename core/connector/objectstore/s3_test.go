package objectstore_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/connector/objectstore"
	"github.com/headrace/headrace/core/state"
)

// s3 serves S3 over HTTP in this process, with one bucket, and points the environment at it.
func s3(t *testing.T, bucket string) gofakes3.Backend {
	t.Helper()
	store := s3mem.New()
	if err := store.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(store).Server())
	t.Cleanup(server.Close)
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(k, v)
	}
	return store
}

func TestS3Bucket(t *testing.T) {
	s3(t, "contract")
	b, err := objectstore.OpenS3("contract")
	if err != nil {
		t.Fatal(err)
	}
	bucket(t, b)
	// More than one part of an upload.
	large := bytes.Repeat([]byte("0123456789abcdef"), 12<<16)
	if err := b.Put("large", bytes.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 64)
	if n, err := b.ReadAt("large", got, 8<<20+5); n != 64 || err != nil ||
		!bytes.Equal(got, large[8<<20+5:][:64]) {
		t.Errorf("%d, %v, %q", n, err, got)
	}
	if n, err := b.Size("large"); n != int64(len(large)) || err != nil {
		t.Error(n, err)
	}
}

// TestCheckpointsOnS3 keeps checkpoints in a bucket; a torn one is passed over.
func TestCheckpointsOnS3(t *testing.T) {
	raw := s3(t, "checkpoints")
	open := func(attempt int) *checkpoint.Store {
		s, err := checkpoint.NewStore(fsys.Machine{}, "s3://checkpoints/jobs", "job", attempt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	store := open(0)
	for id := int64(1); id <= 3; id++ {
		w, err := store.Create(id, "op", true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(strings.Repeat("state ", int(1000*id)))); err != nil {
			t.Fatal(err)
		}
		ref, err := w.Commit()
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Commit(&checkpoint.Manifest{JobID: "job", JobName: "job", ID: id,
			Kind: checkpoint.Checkpoint, Operators: []checkpoint.Operator{{UID: "op", Parallelism: 1,
				MaxParallelism: 1, Handles: []state.Handle{{UID: "op", Parallelism: 1,
					MaxParallelism: 1, Files: []state.FileRef{ref}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		if id < 3 {
			continue
		}
		body := []byte("cut off")
		if _, err := raw.PutObject("checkpoints", "jobs/job/"+ref.Path, map[string]string{},
			bytes.NewReader(body), int64(len(body)), nil); err != nil {
			t.Fatal(err)
		}
	}
	m, passed, err := open(1).Latest()
	if err != nil || m == nil || m.ID != 2 || len(passed) != 1 || passed[0].ID != 3 {
		t.Fatalf("latest %+v, passed over %v, %v", m, passed, err)
	}
	r, err := open(1).Open(m.Operators[0].Handles[0].Files[0])
	if err != nil {
		t.Fatal(err)
	}
	if r.Size() != 12000 {
		t.Errorf("%d bytes", r.Size())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestS3ThatCannotBeReachedSaysWhatToDo(t *testing.T) {
	s3(t, "there")
	store, err := checkpoint.NewStore(fsys.Machine{}, "s3://not-there/jobs", "job", 0)
	if err != nil { // there are no directories to make: the first file tells
		t.Fatal(err)
	}
	w, err := store.Create(1, "op", true)
	if err == nil {
		_, err = w.Commit()
	}
	if err == nil || !strings.Contains(err.Error(), "not-there") ||
		!strings.Contains(err.Error(), "execution.checkpointing.dir") {
		t.Fatalf("a bucket that is not there gives: %v", err)
	}
}
