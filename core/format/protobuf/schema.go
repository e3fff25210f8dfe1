package protobuf

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/format"
)

// messageOf finds the message that the options name.
func messageOf(c *format.Config) (protoreflect.MessageDescriptor, error) {
	file, class := c.Options.String(fileOption, ""), c.Options.String(classOption, "")
	for _, o := range []struct{ name, value string }{{classOption, class}, {fileOption, file}} {
		if o.value == "" {
			return nil, errs.Userf("table '%s': format protobuf needs the option 'protobuf.%s'",
				c.Table, o.name)
		}
	}
	files, err := load(file, c.Options.String(importsOption, ""))
	if err != nil {
		return nil, errs.Userf("table '%s': 'protobuf.%s' = '%s' cannot be read", c.Table, fileOption,
			file).Wrap(err)
	}
	var names []string
	var found protoreflect.MessageDescriptor
	for _, f := range files {
		walk(f.Messages(), func(m protoreflect.MessageDescriptor) {
			full := string(m.FullName())
			names = append(names, full)
			if full == class || javaName(m) == class {
				found = m
			}
		})
	}
	if found != nil {
		return found, nil
	}
	err2 := errs.Userf("table '%s': '%s' has no message '%s'", c.Table, file, class)
	if hint := errs.DidYouMean(class, names); hint != "" {
		return nil, err2.Fix("%s", hint)
	}
	slices.Sort(names)
	return nil, err2.Fix("its messages are %s", strings.Join(names, ", "))
}

func walk(list protoreflect.MessageDescriptors, f func(protoreflect.MessageDescriptor)) {
	for i := range list.Len() {
		if m := list.Get(i); !m.IsMapEntry() {
			f(m)
			walk(m.Messages(), f)
		}
	}
}

// javaName is the binary name of the class that protoc makes of a message.
func javaName(m protoreflect.MessageDescriptor) string {
	o, _ := m.ParentFile().Options().(*descriptorpb.FileOptions)
	name := string(m.Name())
	d := m.Parent()
	for ; d != m.ParentFile(); d = d.Parent() {
		name = string(d.Name()) + "$" + name
	}
	if !o.GetJavaMultipleFiles() {
		name = outerClass(m.ParentFile(), o) + "$" + name
	}
	pkg := string(m.ParentFile().Package())
	if o.GetJavaPackage() != "" {
		pkg = o.GetJavaPackage()
	}
	if pkg == "" {
		return name
	}
	return pkg + "." + name
}

// outerClass is the class around all of a file's: its name in camel case, unless it is given; with
// "OuterClass" behind it where a type of the file has that name.
func outerClass(f protoreflect.FileDescriptor, o *descriptorpb.FileOptions) string {
	if o.GetJavaOuterClassname() != "" {
		return o.GetJavaOuterClassname()
	}
	base := strings.TrimSuffix(filepath.Base(f.Path()), ".proto")
	var b strings.Builder
	upper := true
	for _, r := range base {
		if r == '_' || r == '-' || r == '.' {
			upper = true
			continue
		}
		if upper {
			r = []rune(strings.ToUpper(string(r)))[0]
		}
		upper = r >= '0' && r <= '9'
		b.WriteRune(r)
	}
	outer := b.String()
	taken := f.Enums().ByName(protoreflect.Name(outer)) != nil ||
		f.Services().ByName(protoreflect.Name(outer)) != nil
	walk(f.Messages(), func(m protoreflect.MessageDescriptor) {
		taken = taken || string(m.Name()) == outer
	})
	if taken {
		outer += "OuterClass"
	}
	return outer
}

// loaded are the schemas read so far: decoders are made often, after each bad message of a queue.
var loaded sync.Map // of schemaKey to []protoreflect.FileDescriptor

type schemaKey struct {
	path, imports string
	changed       time.Time
	size          int64
}

// load reads a schema; a file that has changed is read again.
func load(path, imports string) ([]protoreflect.FileDescriptor, error) {
	path = strings.TrimPrefix(path, "file://")
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	key := schemaKey{path, imports, info.ModTime(), info.Size()}
	if files, ok := loaded.Load(key); ok {
		return files.([]protoreflect.FileDescriptor), nil
	}
	read := readSet
	if filepath.Ext(path) == ".proto" {
		read = func(path string) ([]protoreflect.FileDescriptor, error) { return compile(path, imports) }
	}
	files, err := read(path)
	if err == nil {
		loaded.Store(key, files)
	}
	return files, err
}

// compile reads a .proto file with its imports.
func compile(path, imports string) ([]protoreflect.FileDescriptor, error) {
	folders := []string{filepath.Dir(path)}
	for f := range strings.SplitSeq(imports, ";") {
		if f = strings.TrimSpace(f); f != "" {
			folders = append(folders, f)
		}
	}
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(
		&protocompile.SourceResolver{ImportPaths: folders})}
	files, err := c.Compile(context.Background(), filepath.Base(path))
	if err != nil {
		return nil, err
	}
	return withImports(files[0], map[string]bool{}), nil
}

// withImports are a file and all that it imports.
func withImports(f protoreflect.FileDescriptor, seen map[string]bool) []protoreflect.FileDescriptor {
	if seen[f.Path()] {
		return nil
	}
	seen[f.Path()] = true
	out := []protoreflect.FileDescriptor{f}
	for i := range f.Imports().Len() {
		out = append(out, withImports(f.Imports().Get(i).FileDescriptor, seen)...)
	}
	return out
}

// readSet reads a descriptor set.
func readSet(path string) ([]protoreflect.FileDescriptor, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(data, set); err != nil || len(set.GetFile()) == 0 {
		return nil, errs.Userf("it is no descriptor set").Wrap(err).
			Fix("name a .proto file, or write one with 'protoc --include_imports --descriptor_set_out'")
	}
	have := map[string]bool{}
	for _, f := range set.GetFile() {
		have[f.GetName()] = true
	}
	for _, f := range slices.Clone(set.GetFile()) {
		for _, d := range f.GetDependency() {
			if have[d] {
				continue
			}
			known, err := protoregistry.GlobalFiles.FindFileByPath(d)
			if err != nil {
				return nil, errs.Userf("it lacks '%s', which '%s' imports", d, f.GetName()).
					Fix("write it with 'protoc --include_imports --descriptor_set_out'")
			}
			have[d] = true
			set.File = append(set.File, protodesc.ToFileDescriptorProto(known))
		}
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, err
	}
	var out []protoreflect.FileDescriptor
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		out = append(out, f)
		return true
	})
	return out, nil
}
