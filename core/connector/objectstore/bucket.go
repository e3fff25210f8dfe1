// Package objectstore makes the buckets of gocloud.dev/blob known to the file system: what reads or
// writes files, checkpoints and savepoints takes paths like s3://bucket/dir.
//
// S3 and Azure are built in; Google's store is reached by its interface for S3, since its SDK would
// double the library. A store that speaks S3 (MinIO, Ceph, R2) is reached with AWS_ENDPOINT_URL.
// Keys and region come from where the tools of each store look: environment, profile, instance.
package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob" // the scheme s3
	"gocloud.dev/gcerrors"

	"github.com/headrace/headrace/core/base/fsys"
)

func init() {
	for _, scheme := range []string{"s3", "s3a", "s3n"} {
		fsys.RegisterScheme(scheme, openS3)
	}
	for _, scheme := range []string{"azblob", "abfs", "abfss", "wasb", "wasbs"} {
		fsys.RegisterScheme(scheme, openAzure)
	}
	fsys.RegisterScheme("gs", openGoogle)
	fsys.RegisterScheme("mem", openMem)
}

// otherStores are parameters for stores that speak S3 and are not Amazon's: not all of them have a
// host name a bucket, know the checksums that newer clients add, or leave the checksum of a whole
// object out of the answer for a part. What headrace writes has checksums of its own.
const otherStores = "?use_path_style=true&request_checksum_calculation=when_required" +
	"&response_checksum_validation=when_required"

func openS3(name string) (fsys.Bucket, error) {
	address := "s3://" + name
	if os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != "" {
		address += otherStores
	}
	b, err := blob.OpenBucket(context.Background(), address)
	if err != nil {
		return nil, err
	}
	return New(b), nil
}

var memory sync.Map

// openMem opens a bucket that lives as long as the process, for tests and tries.
func openMem(name string) (fsys.Bucket, error) {
	b, ok := memory.Load(name)
	if !ok {
		b, _ = memory.LoadOrStore(name, New(memblob.OpenBucket(nil)))
	}
	return b.(fsys.Bucket), nil
}

// bucket is a blob.Bucket as fsys.Bucket.
type bucket struct{ b *blob.Bucket }

// New makes a bucket of one that gocloud.dev/blob has opened.
func New(b *blob.Bucket) fsys.Bucket { return &bucket{b} }

func missing(key string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		return fmt.Errorf("object '%s': %w", key, fsys.ErrNotExist)
	}
	return err
}

// Put implements fsys.Bucket.
func (b *bucket) Put(key string, body io.Reader) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := b.b.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, body); err != nil {
		cancel() // nothing appears
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// ReadAt implements fsys.Bucket.
func (b *bucket) ReadAt(key string, dst []byte, offset int64) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	r, err := b.b.NewRangeReader(context.Background(), key, offset, int64(len(dst)), nil)
	if err != nil {
		if size, serr := b.Size(key); serr == nil && offset >= size {
			return 0, io.EOF
		}
		return 0, missing(key, err)
	}
	n, err := io.ReadFull(r, dst)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return n, err
}

// Size implements fsys.Bucket.
func (b *bucket) Size(key string) (int64, error) {
	a, err := b.b.Attributes(context.Background(), key)
	if err != nil {
		return 0, missing(key, err)
	}
	return a.Size, nil
}

// Delete implements fsys.Bucket.
func (b *bucket) Delete(key string) error {
	return missing(key, b.b.Delete(context.Background(), key))
}

// Keys implements fsys.Bucket.
func (b *bucket) Keys(prefix string) ([]string, error) {
	var keys []string
	it := b.b.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, o.Key)
	}
}
