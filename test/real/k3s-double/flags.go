package main

// Flags, config.yaml and environment variables, as k3s reads them: the file's keys are flags' long names, the command line wins, lists add up.

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed flags.txt
var flagsText string

const defaultConfig = "/etc/rancher/k3s/config.yaml"

type flagDef struct{ kind, does string }

type settings struct {
	role   string
	values map[string][]string
}

var shortNames = map[string]string{"c": "config", "t": "token", "s": "server", "d": "data-dir", "o": "write-kubeconfig", "i": "node-ip", "l": "log"}

// Of those that k3s documents, the variables that our units set.
var variables = map[string]string{"K3S_TOKEN": "token", "K3S_TOKEN_FILE": "token-file", "K3S_URL": "server", "K3S_DATASTORE_ENDPOINT": "datastore-endpoint", "AWS_ACCESS_KEY_ID": "etcd-s3-access-key", "AWS_SECRET_ACCESS_KEY": "etcd-s3-secret-key", "K3S_NODE_NAME": "node-name", "K3S_DATA_DIR": "data-dir", "K3S_RESOLV_CONF": "resolv-conf", "K3S_KUBECONFIG_MODE": "write-kubeconfig-mode", "K3S_KUBECONFIG_OUTPUT": "write-kubeconfig"}

func flagsOf(role string) map[string]flagDef {
	defs := map[string]flagDef{}
	for _, line := range strings.Split(flagsText, "\n") {
		words := strings.Fields(line)
		if len(words) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.Contains(words[0], role[:1]) {
			defs[words[2]] = flagDef{words[1], words[3]}
		}
	}
	return defs
}

func parseSettings(role string, args []string) (*settings, error) {
	defs := flagsOf(role)
	s := &settings{role: role, values: map[string][]string{}}
	line := map[string][]string{}
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") {
			return nil, fmt.Errorf("unexpected argument %q", args[i])
		}
		if long, ok := shortNames[name]; ok {
			name = long
		}
		def, ok := defs[name]
		if !ok {
			return nil, fmt.Errorf("flag provided but not defined: -%s", name)
		}
		if !hasValue && def.kind == "bool" {
			value = "true"
		} else if !hasValue {
			if i++; i >= len(args) {
				return nil, fmt.Errorf("flag needs an argument: -%s", name)
			}
			value = args[i]
		}
		line[name] = append(line[name], value)
	}
	file, isGiven := defaultConfig, false
	if given := line["config"]; len(given) > 0 {
		file, isGiven = given[0], true
	}
	if err := s.readFiles(file, isGiven, defs); err != nil {
		return nil, err
	}
	for name, values := range line {
		if defs[name].kind == "list" {
			s.values[name] = append(s.values[name], values...)
		} else {
			s.values[name] = values[len(values)-1:]
		}
	}
	for variable, name := range variables {
		if value := os.Getenv(variable); value != "" && len(s.values[name]) == 0 && defs[name].kind != "" {
			s.values[name] = []string{value}
		}
	}
	return s, s.judge(defs)
}

// The file itself, then config.yaml.d in order; a key with + adds to a list.
func (s *settings) readFiles(file string, isGiven bool, defs map[string]flagDef) error {
	files, _ := filepath.Glob(file + ".d/*.yaml")
	sort.Strings(files)
	for _, path := range append([]string{file}, files...) {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) && !(isGiven && path == file) {
			continue
		} else if err != nil {
			return err
		}
		keys := map[string]any{}
		if err := yaml.UnmarshalStrict(text, &keys); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for key, value := range keys {
			name, adds := strings.CutSuffix(key, "+")
			def, ok := defs[name]
			if !ok {
				// k3s' server only warns ("Unknown flag --x found in config.yaml, skipping"), its agent fails. A key that does nothing is a fault of who wrote it.
				return fmt.Errorf("%s: flag provided but not defined: -%s", path, name)
			}
			values, err := textsOf(value)
			if err != nil || (def.kind != "list" && len(values) != 1) {
				return fmt.Errorf("%s: %s takes %s", path, name, map[string]string{"list": "texts", "one": "one value", "bool": "true or false"}[def.kind])
			}
			if adds {
				values = append(s.values[name], values...)
			}
			s.values[name] = values
		}
	}
	return nil
}

func textsOf(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var texts []string
	for _, each := range list {
		switch each.(type) {
		case string, bool, float64, int64:
			texts = append(texts, fmt.Sprint(each))
		default:
			return nil, fmt.Errorf("not a text")
		}
	}
	return texts, nil
}

func (s *settings) judge(defs map[string]flagDef) error {
	for name, values := range s.values {
		def := defs[name]
		if def.kind == "bool" && values[0] != "true" && values[0] != "false" {
			return fmt.Errorf("invalid boolean value %q for -%s", values[0], name)
		}
		if def.does == "refused" && values[0] != "false" {
			return fmt.Errorf("this stand-in for k3s does not do --%s", name)
		}
		if def.does == "nothing" && name != "config" {
			logf("--%s: taken, and without effect in this stand-in for k3s", name)
		}
	}
	return nil
}

func (s *settings) one(name, otherwise string) string {
	if values := s.values[name]; len(values) > 0 {
		return values[0]
	}
	return otherwise
}

func (s *settings) is(name string) bool { return s.one(name, "false") == "true" }

func (s *settings) list(name string, otherwise ...string) []string {
	values, ok := s.values[name]
	if !ok {
		return otherwise
	}
	if name == "kubelet-arg" || name == "kube-proxy-arg" || strings.HasSuffix(name, "-arg") {
		return values
	}
	var parts []string
	for _, value := range values {
		parts = append(parts, strings.Split(value, ",")...)
	}
	return parts
}

func (s *settings) dataDir() string { return s.one("data-dir", "/var/lib/rancher/k3s") }

// Customized flags of a component: `v=2` or `profiling`.
func (s *settings) extra(name string) []string {
	var args []string
	for _, value := range s.list(name) {
		args = append(args, "--"+strings.TrimLeft(value, "-"))
	}
	return args
}

// The token without its file's line end.
func (s *settings) token() (string, error) {
	if token := s.one("token", ""); token != "" {
		return token, nil
	}
	if file := s.one("token-file", ""); file != "" {
		text, err := os.ReadFile(file)
		return strings.TrimSpace(string(text)), err
	}
	return "", nil
}
