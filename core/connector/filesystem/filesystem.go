// Package filesystem reads and writes files: one, a directory or a glob pattern, in any format,
// compressed or not, in partitions by directory.
package filesystem

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "filesystem",
		Doc: "Files in a directory tree. Written files become visible with the checkpoint after they " +
			"are complete, or at the end of a bounded job.",
		Options:    slices.Concat(options, connector.DecodeErrorOptions, connector.LookupOptions),
		Metadata:   metadata,
		UsesFormat: true,
		Overwrites: true,
		NewSource:  func(t *connector.Table) (connector.Source, error) { return newSource(t) },
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
	})
}

var options = []connector.Option{
	{Name: "path", Type: "string", Required: true,
		Doc: "File, directory or (reading) glob pattern, on this machine or in an object store " +
			"(s3://bucket/dir)."},
	{Name: "format", Type: "string", Required: true, Doc: "Format of the files."},
	{Name: "source.monitor-interval", Type: "duration",
		Doc: "Look for new files this often; the source never ends. Not set: read once."},
	{Name: "source.path.regex-pattern", Type: "string",
		Doc: "Read only files whose path below 'path' matches."},
	{Name: "source.report-statistics", Type: "string", Default: "all",
		Doc: "Accepted; statistics are always read from the files."},
	{Name: "partition.default-name", Type: "string", Default: "__DEFAULT_PARTITION__",
		Doc: "Directory value that stands for NULL or an empty string."},
	{Name: "sink.rolling-policy.file-size", Type: "memory", Default: "128MB",
		Doc: "Begin a new file when one is this large."},
	{Name: "sink.rolling-policy.rollover-interval", Type: "duration", Default: "30 min",
		Doc: "Begin a new file when one has been open this long."},
	{Name: "sink.rolling-policy.inactivity-interval", Type: "duration", Default: "30 min",
		Doc: "Begin a new file when nothing was written to one this long."},
	{Name: "sink.rolling-policy.check-interval", Type: "duration", Default: "1 min",
		Doc: "How often the intervals are looked at."},
	{Name: "sink.shuffle-by-partition.enable", Type: "boolean", Default: "false",
		Doc: "Have each partition written by one writer: fewer files, but a large partition waits " +
			"for one."},
	{Name: "sink.partition-commit.trigger", Type: "enum(process-time|partition-time)",
		Default: "process-time", Doc: "When a partition is complete: some time after it was " +
			"first written to, or when the watermark passes its time."},
	{Name: "sink.partition-commit.delay", Type: "duration", Default: "0 s",
		Doc: "Time to wait beyond the trigger."},
	{Name: "sink.partition-commit.watermark-time-zone", Type: "string", Default: "UTC",
		Doc: "Time zone of the partition's time."},
	{Name: "sink.partition-commit.policy.kind", Type: "list",
		Doc: "What to do with a complete partition, between commas, in this order: success-file; " +
			"custom, which calls a Python class."},
	{Name: "sink.partition-commit.policy.class", Type: "string",
		Doc: "Class of the policy 'custom', 'module:Class': a PartitionCommitPolicy of " +
			"headrace.table.partition_commit, or one with its method commit(context)."},
	{Name: "sink.partition-commit.policy.class.parameters", Type: "list",
		Doc: "What the class is made with, between semicolons; parameters annotated int, float, " +
			"bool or Path get that, others a str."},
	{Name: "sink.partition-commit.success-file.name", Type: "string", Default: "_SUCCESS",
		Doc: "Name of the file that marks a complete partition."},
	{Name: "partition.time-extractor.kind", Type: "enum(default|custom)", Default: "default",
		Doc: "How a partition's time is found: by its pattern, or by a Python class."},
	{Name: "partition.time-extractor.class", Type: "string",
		Doc: "Class of the extractor 'custom', 'module:Class': a PartitionTimeExtractor of " +
			"headrace.table.partition_commit, or one with its method extract(keys, values)."},
	{Name: "partition.time-extractor.timestamp-pattern", Type: "string",
		Doc: "Text of the time with partition keys in it: '$day $hour:00:00'."},
	{Name: "partition.time-extractor.timestamp-formatter", Type: "string",
		Default: "yyyy-MM-dd HH:mm:ss", Doc: "Pattern of that text."},
	{Name: "auto-compaction", Type: "boolean", Default: "false",
		Doc: "Make one of a partition's files (of a table without partitions: of all) that have been " +
			"completed since the last checkpoint; one writer gets all rows of a partition."},
	{Name: "compaction.file-size", Type: "memory",
		Doc: "Size of compacted files; not set: that of 'sink.rolling-policy.file-size'."},
	{Name: "compaction.parallelism", Type: "int", Doc: "Accepted; the writers compact."},
	{Name: "compaction.checkpoints", Type: "int",
		Doc: "Of a DataStream's sink: compact after so many checkpoints."},
	{Name: "compaction.compactor", Type: "enum(concat|identical)", Default: "concat",
		Doc: "Of a DataStream's sink: files one behind the other, or left as they are."},
	{Name: "compaction.delimiter", Type: "string",
		Doc: "Of a DataStream's sink: bytes between them, in hexadecimal digits."},
	{Name: "sink.part-prefix", Type: "string", Default: "part", Doc: "Begin of file names."},
	{Name: "sink.part-suffix", Type: "string", Doc: "End of file names."},
	{Name: "sink.bucket-assigner", Type: "enum(base-path|date-time)", Default: "base-path",
		Doc: "Directory of a file: the path itself, or one by the time of writing."},
	{Name: "sink.bucket-assigner.format", Type: "string", Default: "yyyy-MM-dd--HH",
		Doc: "Date pattern of that directory."},
	{Name: "sink.bucket-assigner.zone", Type: "string",
		Doc: "Time zone of that directory; not set: the session's."},
	{Name: "sink.rolling-policy.on-checkpoint", Type: "boolean", Default: "false",
		Doc: "Begin a new file at every checkpoint too, so that rows can be read when it is " +
			"complete. Formats in bulk (parquet, arrow, avro), object stores and compaction always do."},
	{Name: "source.splittable", Type: "boolean", Default: "true",
		Doc: "Large files are read in parts by several readers."},
}

// The metadata keys.
const (
	metaPath = "file.path"
	metaName = "file.name"
	metaSize = "file.size"
	metaTime = "file.modification-time"
)

var metadata = map[string]types.Type{
	metaPath: types.String().Nullable(false),
	metaName: types.String().Nullable(false),
	metaSize: types.Of(types.BigInt).Nullable(false),
	metaTime: types.WithPrecision(types.TimestampLTZ, 3).Nullable(false),
}

// layout is which columns of a table lie in the files and which come from their paths.
type layout struct {
	table     *connector.Table
	fs        fsys.FS
	path      string   // without a trailing slash
	more      []string // further paths of a DataStream's source
	wrapped   bool     // the one column is a ROW of the file's columns
	format    *format.Format
	options   *format.Config // Schema and Options; Columns are set for each reader
	inFile    []int          // position in options.Schema of each table column, -1: not there
	partition []int          // position in PartitionKeys, -1: none
	nullPart  string
}

func newLayout(t *connector.Table) (*layout, error) {
	l := &layout{table: t, fs: t.FS}
	if l.fs == nil {
		l.fs = fsys.Machine{}
	}
	o := t.OptionReader()
	var err error
	if err = l.paths(o.String("path", "")); err != nil {
		return nil, err
	}
	l.nullPart = o.String("partition.default-name", "__DEFAULT_PARTITION__")
	f, formatOptions, err := format.Of(t, "format")
	if err != nil {
		return nil, err
	}
	if f = f.Files(); f.Messages {
		return nil, errs.Userf("table '%s': format '%s' is for messages, not for files", t.Name,
			f.Name).Fix("use parquet, arrow, json or csv")
	}
	l.format = f
	var fields []types.Field
	if c := t.Schema.Fields[0].Type; t.Stream && c.Kind == types.Row {
		l.wrapped = true
		fields = c.Fields
	}
	for _, c := range t.Schema.Fields {
		if l.wrapped {
			l.inFile, l.partition = []int{0}, []int{-1}
			break
		}
		at, part := -1, -1
		for i, k := range t.PartitionKeys {
			if k == c.Name {
				part = i
			}
		}
		_, meta := t.Metadata[c.Name]
		if part < 0 && !meta {
			at = len(fields)
			fields = append(fields, c)
		}
		l.inFile = append(l.inFile, at)
		l.partition = append(l.partition, part)
	}
	for name, key := range t.Metadata {
		if _, ok := metadata[key]; !ok {
			return nil, errs.Userf("table '%s': column '%s': connector 'filesystem' has no "+
				"metadata '%s'", t.Name, name, key).
				Fix("it has %s, %s, %s, %s", metaPath, metaName, metaSize, metaTime)
		}
	}
	l.options = &format.Config{Table: t.Name, Schema: types.NewSchema(fields...),
		Options: formatOptions, Zone: t.Zone}
	for _, k := range t.PrimaryKey {
		l.options.Key = append(l.options.Key, l.options.Schema.Index(k))
	}
	return l, o.Err()
}

// paths reads the option 'path'; that of a DataStream may hold several, with ';' in between.
func (l *layout) paths(text string) error {
	list := []string{text}
	if l.table.Stream {
		list = strings.Split(text, ";")
	}
	for i, p := range list {
		p, err := localPath(l.table.Name, p)
		if err != nil {
			return err
		}
		if i == 0 {
			l.path = p
		} else {
			l.more = append(l.more, p)
		}
	}
	return nil
}

// localPath turns 'file:///a', 'file:/a' and plain paths into a plain path.
func localPath(table, p string) (string, error) {
	if scheme, rest, ok := strings.Cut(p, ":"); ok && len(scheme) > 1 &&
		!strings.ContainsAny(scheme, "/\\*.") {
		if slices.Contains(fsys.Schemes(), scheme) {
			return strings.TrimRight(p, "/"), nil
		}
		if scheme != "file" {
			return "", errs.Userf("table '%s': option 'path' = '%s': there is no file system '%s'",
				table, p, scheme).Fix("%s", fsys.Remedy(scheme))
		}
		p = rest
		if strings.HasPrefix(p, "//") {
			p = strings.TrimPrefix(p, "//")
			p = strings.TrimPrefix(p, "localhost")
		}
	}
	if p == "" {
		return "", errs.Userf("table '%s': option 'path' is empty", table).
			Fix("name a file or directory")
	}
	if p != "/" {
		p = strings.TrimRight(p, "/")
	}
	return p, nil
}
