package filesystem

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// file is a file to read.
type file struct {
	path string
	info fsys.Info
}

// list finds the files of the source, in the order of their paths.
func (s *Source) list() ([]file, error) {
	var found []file
	var roots []string
	for _, p := range append([]string{s.path}, s.more...) {
		if _, err := s.fs.Stat(p); err == nil || !strings.ContainsAny(p, "*?[{") {
			roots = append(roots, p)
			continue
		}
		matches, err := s.glob(p)
		if err != nil {
			return nil, err
		}
		roots = append(roots, matches...)
	}
	for _, root := range roots {
		info, err := s.fs.Stat(root)
		if errors.Is(err, fsys.ErrNotExist) {
			if s.interval > 0 {
				continue
			}
			return nil, errs.Userf("table '%s': path '%s' does not exist", s.table.Name, root).
				Fix("check the option 'path'")
		}
		if err != nil {
			return nil, errs.Transientf("table '%s': path '%s'", s.table.Name, root).Wrap(err)
		}
		if !info.IsDir {
			found = append(found, file{root, info})
			continue
		}
		if found, err = s.walk(root, found); err != nil {
			return nil, err
		}
	}
	if s.pattern != nil {
		found = slices.DeleteFunc(found, func(f file) bool {
			return !matchesWhole(s.pattern, f.path)
		})
	}
	return s.prune(found), nil
}

func matchesWhole(re *regexp.Regexp, text string) bool {
	loc := re.FindStringIndex(text)
	return loc != nil && loc[0] == 0 && loc[1] == len(text)
}

// hidden says whether a file or directory is not data: written but not yet complete, or a mark.
func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }

func (s *Source) walk(dir string, found []file) ([]file, error) {
	names, err := s.fs.List(dir)
	if err != nil {
		return nil, errs.Transientf("table '%s': directory '%s'", s.table.Name, dir).Wrap(err)
	}
	for _, name := range names {
		if hidden(name) && !strings.Contains(name, "=") {
			continue
		}
		p := dir + "/" + name
		info, err := s.fs.Stat(p)
		if errors.Is(err, fsys.ErrNotExist) {
			continue // gone since it was listed
		}
		if err != nil {
			return nil, errs.Transientf("table '%s': file '%s'", s.table.Name, p).Wrap(err)
		}
		if !info.IsDir {
			found = append(found, file{p, info})
			continue
		}
		if found, err = s.walk(p, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// glob returns what a pattern matches, part by part.
func (s *Source) glob(pattern string) ([]string, error) {
	parts := strings.Split(pattern, "/")
	found := []string{""}
	if parts[0] == "" {
		found, parts = []string{"/"}, parts[1:]
	}
	for _, part := range parts {
		var next []string
		for _, dir := range found {
			names := []string{part}
			if strings.ContainsAny(part, "*?[{") {
				var err error
				if names, err = s.match(dir, part); err != nil {
					return nil, err
				}
			}
			for _, n := range names {
				p := path.Join(dir, n)
				if _, err := s.fs.Stat(p); err == nil {
					next = append(next, p)
				}
			}
		}
		found = next
	}
	if len(found) == 0 && s.interval == 0 {
		return nil, errs.Userf("table '%s': no file matches '%s'", s.table.Name, pattern).
			Fix("check the option 'path'")
	}
	return found, nil
}

func (s *Source) match(dir, pattern string) ([]string, error) {
	if dir == "" {
		dir = "."
	}
	names, err := s.fs.List(dir)
	if err != nil {
		return nil, nil // not a directory: nothing below it matches
	}
	var out []string
	for _, alternative := range braces(pattern) {
		for _, n := range names {
			ok, err := path.Match(alternative, n)
			if err != nil {
				return nil, errs.Userf("table '%s': '%s' is no glob pattern", s.table.Name, pattern)
			}
			if ok && !hidden(n) && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// braces expands the first {a,b} of a pattern, and so on.
func braces(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	end := strings.IndexByte(pattern, '}')
	if open < 0 || end < open {
		return []string{pattern}
	}
	var out []string
	for _, a := range strings.Split(pattern[open+1:end], ",") {
		out = append(out, braces(pattern[:open]+a+pattern[end+1:])...)
	}
	return out
}
