module kubectl-releases/test/oracle/yaml/requirements

go 1.26.0

require (
	helm.sh/helm/v3 v3.22.0
	sigs.k8s.io/yaml v1.6.0
)

require (
	github.com/Masterminds/semver/v3 v3.5.0 // indirect
	go.yaml.in/yaml/v2 v2.4.4 // indirect
)
