// Packs the stand-in for k3s as k3s is released: one program that carries those underneath, and one archive of images.
//
//	pack program OUT PROGRAM INPUT…   INPUT is PATH=FILE, the file's place in what is carried
//	pack images OUT ARCHIVE…          archives are OCI layouts, as `ctr images import` reads them
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const footerMagic = "kubernest k3s double 1\n"

func main() {
	log.SetFlags(0)
	switch verb, out, rest := os.Args[1], os.Args[2], os.Args[3:]; verb {
	case "program":
		packProgram(out, rest[0], rest[1:])
	case "images":
		packImages(out, rest)
	default:
		log.Fatalf("no such verb: %s", verb)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func packProgram(out, program string, inputs []string) {
	file, err := os.OpenFile(out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	must(err)
	own, err := os.ReadFile(program)
	must(err)
	_, err = file.Write(own)
	must(err)
	hash := sha256.New()
	packed, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	must(err)
	archive := tar.NewWriter(io.MultiWriter(packed, hash))
	for _, input := range inputs {
		path, source, _ := strings.Cut(input, "=")
		content, err := os.ReadFile(source)
		must(err)
		mode := int64(0o644)
		if strings.HasPrefix(path, "bin/") {
			mode = 0o755
		}
		must(archive.WriteHeader(&tar.Header{Name: path, Mode: mode, Size: int64(len(content))}))
		_, err = archive.Write(content)
		must(err)
	}
	must(archive.Close())
	must(packed.Close())
	footer := append([]byte(footerMagic), binary.BigEndian.AppendUint64(nil, uint64(len(own)))...)
	_, err = file.Write(append(footer, hex.EncodeToString(hash.Sum(nil))...))
	must(err)
	must(file.Close())
}

// Blobs are named by their digests: those that archives share are written once.
func packImages(out string, archives []string) {
	file, err := os.Create(out)
	must(err)
	packed, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedFastest))
	must(err)
	together := tar.NewWriter(packed)
	written := map[string]bool{}
	index := map[string]any{}
	manifests := []any{}
	for _, path := range archives {
		source, err := os.Open(path)
		must(err)
		entries := tar.NewReader(source)
		for {
			header, err := entries.Next()
			if err == io.EOF {
				break
			}
			must(err)
			if header.Name == "index.json" {
				must(json.NewDecoder(entries).Decode(&index))
				manifests = append(manifests, index["manifests"].([]any)...)
			} else if header.Name != "manifest.json" && !written[header.Name] {
				written[header.Name] = true
				must(together.WriteHeader(header))
				_, err = io.Copy(together, entries)
				must(err)
			}
		}
		must(source.Close())
	}
	index["manifests"] = manifests
	text, err := json.Marshal(index)
	must(err)
	must(together.WriteHeader(&tar.Header{Name: "index.json", Mode: 0o644, Size: int64(len(text))}))
	_, err = together.Write(text)
	must(err)
	must(together.Close())
	must(packed.Close())
	must(file.Close())
	fmt.Printf("%d images\n", len(manifests))
}
