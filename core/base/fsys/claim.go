package fsys

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// claims are the working directories that jobs of this process use, with what holds their locks.
var claims = struct {
	mu   sync.Mutex
	held map[string]*claim
}{held: map[string]*claim{}}

type claim struct {
	lock  *os.File
	users int
}

const claimName = "lock"

// Claim makes a working directory for this process on the local disk, and removes those beside it
// that match pattern and were claimed by processes that have died. When the last user of it in this
// process calls release, the directory is removed with all that is in it.
func Claim(dir, pattern string) (release func() error, err error) {
	claims.mu.Lock()
	defer claims.mu.Unlock()
	c := claims.held[dir]
	if c == nil {
		lock, err := lockDir(dir)
		if err != nil {
			return nil, err
		}
		c = &claim{lock: lock}
		claims.held[dir] = c
		sweep(dir, pattern)
	}
	c.users++
	var once sync.Once
	return func() (err error) {
		once.Do(func() { err = unclaim(dir, c) })
		return err
	}, nil
}

func unclaim(dir string, c *claim) error {
	claims.mu.Lock()
	defer claims.mu.Unlock()
	if c.users--; c.users > 0 {
		return nil
	}
	delete(claims.held, dir)
	return errors.Join(os.RemoveAll(dir), c.lock.Close())
}

// lockDir makes the directory and its lock file, and locks it. A sweep of another process may come
// in between and remove both: then it is done again.
func lockDir(dir string) (*os.File, error) {
	name := filepath.Join(dir, claimName)
	for {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := flock(f, true); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		mine, err := f.Stat()
		if there, serr := os.Stat(name); err == nil && serr == nil && os.SameFile(mine, there) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// sweep removes the directories beside dir whose lock nobody holds. What cannot be removed is left
// to the next one.
func sweep(dir, pattern string) {
	others, err := filepath.Glob(filepath.Join(filepath.Dir(dir), pattern))
	if err != nil {
		return
	}
	for _, other := range others {
		if other == dir {
			continue
		}
		f, err := os.OpenFile(filepath.Join(other, claimName), os.O_RDWR, 0)
		if err != nil {
			continue // not claimed by this means, or not ours
		}
		if flock(f, false) == nil {
			_ = os.RemoveAll(other)
		}
		_ = f.Close()
	}
}
