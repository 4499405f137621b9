package main

// k3s installs Traefik's chart with Helm. There is no Helm here, and no chart: the objects below are what the chart makes of k3s' values and of those that a
// HelmChartConfig adds. A value that is not known here is refused, so that none is taken that has no effect.

import (
	"encoding/json"
	"fmt"
	"sort"

	"sigs.k8s.io/yaml"
)

// Stamped when it is built: what the mirror has.
var traefikImage = "docker.io/library/traefik:v3.7.13"

type traefikValues struct {
	CertificatesResolvers map[string]map[string]any `json:"certificatesResolvers"`
	Persistence           struct {
		Enabled bool   `json:"enabled"`
		Size    string `json:"size"`
		Path    string `json:"path"`
	} `json:"persistence"`
	Deployment struct {
		Replicas       *int             `json:"replicas"`
		InitContainers []map[string]any `json:"initContainers"`
	} `json:"deployment"`
	PodSecurityContext map[string]any   `json:"podSecurityContext"`
	UpdateStrategy     map[string]any   `json:"updateStrategy"`
	EnvFrom            []map[string]any `json:"envFrom"`
	Service            *struct {
		Enabled bool `json:"enabled"`
	} `json:"service"`
	Ports map[string]struct {
		HostPort    int `json:"hostPort"`
		ExposedPort int `json:"exposedPort"`
	} `json:"ports"`
}

var traefikTold string

func (sv *server) deployTraefik() {
	var config struct {
		Spec struct {
			ValuesContent string `json:"valuesContent"`
		} `json:"spec"`
	}
	code, err := sv.api("GET", "/apis/helm.cattle.io/v1/namespaces/kube-system/helmchartconfigs/traefik", nil, &config)
	if err != nil && code != 404 {
		return
	}
	key := "values " + config.Spec.ValuesContent
	if key == traefikTold {
		return
	}
	values := traefikValues{}
	if err := yaml.UnmarshalStrict([]byte(config.Spec.ValuesContent), &values); err != nil {
		traefikTold = key
		logf("level=error traefik: a value that this stand-in does not know: %v", err)
		return
	}
	objects, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": traefikObjects(values)})
	must(err)
	if err := sv.apply("traefik", objects); err != nil {
		logf("traefik: %v", err)
		return
	}
	traefikTold = key
	logf("applied traefik")
}

type object = map[string]any

// `certificatesResolvers.NAME.acme.email` and the like as flags, which Traefik reads in any case.
func resolverFlags(prefix string, value any) []string {
	inner, ok := value.(object)
	if !ok {
		return []string{fmt.Sprintf("--%s=%v", prefix, value)}
	}
	names := []string{}
	for name := range inner {
		names = append(names, name)
	}
	sort.Strings(names)
	var flags []string
	for _, name := range names {
		flags = append(flags, resolverFlags(prefix+"."+name, inner[name])...)
	}
	return flags
}

func traefikObjects(v traefikValues) []object {
	labels := object{"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-kube-system"}
	meta := object{"name": "traefik", "namespace": "kube-system", "labels": labels}
	hasService := v.Service == nil || v.Service.Enabled
	args := []string{"--entryPoints.metrics.address=:9100/tcp", "--entryPoints.traefik.address=:8080/tcp", "--entryPoints.web.address=:8000/tcp", "--entryPoints.websecure.address=:8443/tcp", "--entryPoints.websecure.http.tls=true", "--api.dashboard=true", "--ping=true", "--metrics.prometheus=true", "--metrics.prometheus.entrypoint=metrics", "--providers.kubernetescrd", "--providers.kubernetesingress"}
	if hasService {
		args = append(args, "--providers.kubernetesingress.ingressendpoint.publishedservice=kube-system/traefik")
	}
	resolvers := []string{}
	for name := range v.CertificatesResolvers {
		resolvers = append(resolvers, name)
	}
	sort.Strings(resolvers)
	for _, name := range resolvers {
		args = append(args, resolverFlags("certificatesresolvers."+name, object(v.CertificatesResolvers[name]))...)
	}
	path := v.Persistence.Path
	if path == "" {
		path = "/data"
	}
	port := func(name string, number int) object {
		p := object{"name": name, "containerPort": number, "protocol": "TCP"}
		if host := v.Ports[name].HostPort; host != 0 {
			p["hostPort"] = host
		}
		return p
	}
	probe := func(failures int) object {
		return object{"httpGet": object{"path": "/ping", "port": 8080, "scheme": "HTTP"}, "initialDelaySeconds": 2, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": failures, "successThreshold": 1}
	}
	data := object{"name": "data", "emptyDir": object{}}
	if v.Persistence.Enabled {
		data = object{"name": "data", "persistentVolumeClaim": object{"claimName": "traefik"}}
	}
	security := v.PodSecurityContext
	if security == nil {
		security = object{"runAsGroup": 65532, "runAsNonRoot": true, "runAsUser": 65532}
	}
	pod := object{
		"serviceAccountName": "traefik", "priorityClassName": "system-cluster-critical", "terminationGracePeriodSeconds": 60, "securityContext": security,
		"tolerations": []object{{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}},
		"containers": []object{{
			"name": "traefik", "image": traefikImage, "imagePullPolicy": "IfNotPresent", "args": args, "envFrom": v.EnvFrom,
			"ports":          []object{port("metrics", 9100), port("traefik", 8080), port("web", 8000), port("websecure", 8443)},
			"readinessProbe": probe(1), "livenessProbe": probe(3),
			"securityContext": object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}, "readOnlyRootFilesystem": true},
			"volumeMounts":    []object{{"name": "data", "mountPath": path}, {"name": "tmp", "mountPath": "/tmp"}},
		}},
		"volumes": []object{data, {"name": "tmp", "emptyDir": object{}}},
	}
	if len(v.Deployment.InitContainers) > 0 {
		pod["initContainers"] = v.Deployment.InitContainers
	}
	replicas := 1
	if v.Deployment.Replicas != nil {
		replicas = *v.Deployment.Replicas
	}
	strategy := object{"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": 0, "maxSurge": 1}}
	for name, value := range v.UpdateStrategy {
		if strategy[name] = value; value == nil {
			delete(strategy, name)
		}
	}
	read := []string{"get", "list", "watch"}
	objects := []object{
		{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
		{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": object{"name": "traefik-kube-system", "labels": labels}, "rules": []object{
			{"apiGroups": []string{""}, "resources": []string{"configmaps", "nodes", "services", "secrets", "namespaces"}, "verbs": read},
			{"apiGroups": []string{"discovery.k8s.io"}, "resources": []string{"endpointslices"}, "verbs": []string{"list", "watch"}},
			{"apiGroups": []string{"networking.k8s.io"}, "resources": []string{"ingressclasses", "ingresses"}, "verbs": read},
			{"apiGroups": []string{"networking.k8s.io"}, "resources": []string{"ingresses/status"}, "verbs": []string{"update"}},
			{"apiGroups": []string{"traefik.io"}, "resources": []string{"*"}, "verbs": read},
		}},
		{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": object{"name": "traefik-kube-system", "labels": labels}, "roleRef": object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "traefik-kube-system"}, "subjects": []object{{"kind": "ServiceAccount", "name": "traefik", "namespace": "kube-system"}}},
		{"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": object{"name": "traefik", "labels": labels, "annotations": object{"ingressclass.kubernetes.io/is-default-class": "true"}}, "spec": object{"controller": "traefik.io/ingress-controller"}},
		{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": object{"replicas": replicas, "strategy": strategy, "selector": object{"matchLabels": labels}, "template": object{"metadata": object{"labels": labels}, "spec": pod}}},
	}
	if v.Persistence.Enabled {
		objects = append(objects, object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": object{"accessModes": []string{"ReadWriteOnce"}, "resources": object{"requests": object{"storage": v.Persistence.Size}}}})
	}
	if hasService {
		exposed := func(name string, standard int) object {
			if own := v.Ports[name].ExposedPort; own != 0 {
				standard = own
			}
			return object{"name": name, "port": standard, "targetPort": name, "protocol": "TCP"}
		}
		objects = append(objects, object{"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": object{"type": "LoadBalancer", "ipFamilyPolicy": "PreferDualStack", "selector": labels, "ports": []object{exposed("web", 80), exposed("websecure", 443)}}})
	}
	return objects
}
