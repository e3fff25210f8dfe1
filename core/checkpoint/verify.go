package checkpoint

import (
	"hash/crc32"
	"io"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// verifyBytes is up to which size whole files are read to check them; of larger checkpoints only
// the sizes are compared, and blocks are checked as they are read.
const verifyBytes = 4 << 30

// verify says what is wrong with the files of a checkpoint.
func (d *directory) verify(m *Manifest) error {
	deep := m.SizeBytes() <= verifyBytes
	for _, ref := range m.Files() {
		if err := d.verifyFile(ref, deep); err != nil {
			return err
		}
	}
	return nil
}

func (d *directory) verifyFile(ref state.FileRef, deep bool) error {
	r, err := d.Open(ref)
	if err != nil {
		return err
	}
	defer r.Close()
	if r.Size() != ref.Size {
		return errs.Corruptf("it has %d bytes, not %d", r.Size(), ref.Size).
			At("state file %s", ref.Path)
	}
	if !deep {
		return nil
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, ref.Size)); err != nil {
		return errs.Transientf("reading state file %s", ref.Path).Wrap(err)
	}
	if sum.Sum32() != ref.CRC {
		return errs.Corruptf("its checksum is wrong").At("state file %s", ref.Path)
	}
	return nil
}
