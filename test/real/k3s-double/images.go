package main

// Archives under agent/images are given to containerd at each start, as k3s does.

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Stamped when it is built: what the mirror has.
var pauseImage = "registry.k8s.io/pause:3.10.2"

func (n *node) importImages() {
	files, _ := filepath.Glob(n.path("images/*.tar*"))
	sort.Strings(files)
	for _, file := range files {
		archive, err := os.Open(file)
		must(err)
		var content io.Reader = archive
		if strings.HasSuffix(file, ".zst") {
			decoder, err := zstd.NewReader(archive)
			must(err)
			content = decoder
		}
		command := exec.Command(filepath.Join(binaries(), "ctr"), "--address="+containerdSocket, "--namespace=k8s.io", "images", "import", "-")
		command.Stdin = content
		if text, err := command.CombinedOutput(); err != nil {
			fatal("%s: %v: %s", file, err, text)
		}
		_ = archive.Close()
		logf("imported images from %s", file)
	}
}
