package python

import "sync"

// pickler holds the functions of cloudpickle, imported at first use.
var pickler struct {
	sync.Mutex
	loads, dumps *Ref
}

// cloudpickle returns its loads and dumps, borrowed. No lock is held while Python runs: two
// threads may import at once, which does no harm.
func cloudpickle() (loads, dumps Object, err error) {
	pickler.Lock()
	l, d := pickler.loads, pickler.dumps
	pickler.Unlock()
	if l != nil {
		return l.Object(), d.Object(), nil
	}
	loads, err = ImportAttr("cloudpickle", "loads")
	if err != nil {
		return Nil, Nil, err
	}
	dumps, err = ImportAttr("cloudpickle", "dumps")
	if err != nil {
		loads.Drop()
		return Nil, Nil, err
	}
	pickler.Lock()
	defer pickler.Unlock()
	if pickler.loads == nil {
		pickler.loads, pickler.dumps = NewRef(loads), NewRef(dumps)
	} else {
		ReleaseLater(loads)
		ReleaseLater(dumps)
	}
	return pickler.loads.Object(), pickler.dumps.Object(), nil
}

// Loads reads a (cloud)pickled object; the GIL is held. Every call gives a copy of its own.
func Loads(data []byte) (Object, error) {
	loads, _, err := cloudpickle()
	if err != nil {
		return Nil, err
	}
	return loads.Call(Bytes(data))
}

// Dumps pickles an object with cloudpickle; the GIL is held and the reference stays the caller's.
func Dumps(o Object) ([]byte, error) {
	_, dumps, err := cloudpickle()
	if err != nil {
		return nil, err
	}
	b, err := dumps.Call(o.Keep())
	if err != nil {
		return nil, err
	}
	defer b.Drop()
	view, err := b.View()
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), view...), nil
}

// BindMain runs the script at path under the name __mp_main__ and binds __main__ to it, as
// multiprocessing does in a child: pickles that name classes of the job's script by reference can
// then be read. The script's "if __name__ == '__main__'" part does not run. The GIL is held.
func BindMain(path string) error {
	runner, err := ImportAttr("multiprocessing.spawn", "_fixup_main_from_path")
	if err != nil {
		return err
	}
	defer runner.Drop()
	none, err := runner.Call(Str(path))
	none.Drop()
	return err
}
