package fsys

import (
	"io"
	"strings"
	"sync"
)

// MemBucket is a Bucket in memory, for tests. The zero value is empty.
type MemBucket struct {
	mu      sync.Mutex
	objects map[string]string
}

var _ Bucket = (*MemBucket)(nil)

// Put implements Bucket.
func (b *MemBucket) Put(key string, body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = map[string]string{}
	}
	b.objects[key] = string(data)
	return nil
}

func (b *MemBucket) get(op Op, key string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	object, ok := b.objects[key]
	if !ok {
		return "", pathError(op, key, ErrNotExist)
	}
	return object, nil
}

// ReadAt implements Bucket.
func (b *MemBucket) ReadAt(key string, dst []byte, offset int64) (int, error) {
	object, err := b.get(OpRead, key)
	if err != nil {
		return 0, err
	}
	return strings.NewReader(object).ReadAt(dst, offset)
}

// Size implements Bucket.
func (b *MemBucket) Size(key string) (int64, error) {
	object, err := b.get(OpOpen, key)
	return int64(len(object)), err
}

// Delete implements Bucket.
func (b *MemBucket) Delete(key string) error {
	_, err := b.get(OpRemove, key)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return err
}

// Keys implements Bucket.
func (b *MemBucket) Keys(prefix string) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys []string
	for k := range b.objects {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}
