// The test double of k3s: what is not a part of Kubernetes itself.
module kubernest.dev/test/real/k3s-double

go 1.26.0

require (
	github.com/klauspost/compress v1.18.0
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
