package main

// The programs underneath travel within this one, as k3s' do: a tar.gz behind the program itself, and behind that where it begins.

import (
	"archive/tar"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
)

const footerMagic = "kubernest k3s double 1\n"

var extracted string

func binaries() string { return filepath.Join(extracted, "bin") }

// dataDir/data/HASH, with `current` beside it.
func extract(dataDir string) {
	self, err := os.Open("/proc/self/exe")
	must(err)
	defer self.Close()
	info, err := self.Stat()
	must(err)
	footer := make([]byte, len(footerMagic)+8+64)
	_, err = self.ReadAt(footer, info.Size()-int64(len(footer)))
	must(err)
	if string(footer[:len(footerMagic)]) != footerMagic {
		fatal("nothing is packed into this program")
	}
	start := int64(binary.BigEndian.Uint64(footer[len(footerMagic):]))
	name := string(footer[len(footerMagic)+8:])
	extracted = filepath.Join(dataDir, "data", name)
	if _, err := os.Stat(extracted); err == nil {
		return
	}
	temporary := extracted + "-tmp"
	must(os.RemoveAll(temporary))
	must(os.MkdirAll(temporary, 0o755))
	packed, err := gzip.NewReader(io.NewSectionReader(self, start, info.Size()-int64(len(footer))-start))
	must(err)
	entries := tar.NewReader(packed)
	for {
		header, err := entries.Next()
		if err == io.EOF {
			break
		}
		must(err)
		path := filepath.Join(temporary, filepath.Clean("/"+header.Name))
		if header.Typeflag == tar.TypeDir {
			must(os.MkdirAll(path, 0o755))
			continue
		}
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, os.FileMode(header.Mode))
		must(err)
		_, err = io.Copy(file, entries)
		must(err)
		must(file.Close())
	}
	must(os.Rename(temporary, extracted))
	link := filepath.Join(dataDir, "data", "current")
	_ = os.Remove(link)
	must(os.Symlink(extracted, link))
}
