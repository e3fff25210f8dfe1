package worker

import (
	"fmt"
	"os"
	"syscall"
)

// arenaBytes is the first size of an arena. It is address space: memory is used where it has been
// written.
const arenaBytes = 16 << 20

// arena is memory that two processes share: one writes a message from its start on, the other
// reads it there. The messages of a call strictly take turns, so one place is enough.
type arena struct {
	file *os.File
	mem  []byte
}

// newArena makes the memory, under no name that would outlive the processes.
func newArena(name string) (*arena, error) {
	f, err := anonymousFile(name)
	if err != nil {
		return nil, fmt.Errorf("no shared memory: %w", err)
	}
	a := &arena{file: f}
	if err := a.grow(arenaBytes); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// grow makes the memory at least size bytes; what was read from it in place becomes invalid.
func (a *arena) grow(size int) error {
	have := max(len(a.mem), arenaBytes)
	for have < size {
		have *= 2
	}
	if err := a.file.Truncate(int64(have)); err != nil {
		return fmt.Errorf("no shared memory of %d bytes: %w", have, err)
	}
	return a.follow(have)
}

// follow maps what the other process has made of the memory.
func (a *arena) follow(size int) error {
	if size <= len(a.mem) {
		return nil
	}
	a.unmap()
	mem, err := syscall.Mmap(int(a.file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("shared memory of %d bytes cannot be mapped: %w", size, err)
	}
	a.mem = mem
	return nil
}

// put makes sure that the message stands in the memory: it was appended there, unless it has
// outgrown it.
func (a *arena) put(message []byte) error {
	if len(message) <= len(a.mem) {
		if len(message) > 0 && &message[0] != &a.mem[0] {
			copy(a.mem, message)
		}
		return nil
	}
	if err := a.grow(len(message)); err != nil {
		return err
	}
	copy(a.mem, message)
	return nil
}

func (a *arena) unmap() {
	if a.mem != nil {
		_ = syscall.Munmap(a.mem) // it was mapped, so it can be unmapped
		a.mem = nil
	}
}

func (a *arena) close() {
	a.unmap()
	_ = a.file.Close() // nothing is kept in it
}
