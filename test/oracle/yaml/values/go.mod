module kubectl-releases/test/oracle/yaml/values

go 1.26.0

require k8s.io/helm v2.17.0+incompatible

require (
	github.com/BurntSushi/toml v0.3.1 // indirect
	github.com/Masterminds/semver v1.5.0 // indirect
	github.com/cyphar/filepath-securejoin v0.7.0 // indirect
	github.com/ghodss/yaml v0.0.0-20150909031657-73d445a93680 // indirect
	github.com/gobwas/glob v1.1.0 // indirect
	github.com/golang/protobuf v1.3.2 // indirect
	gopkg.in/yaml.v2 v2.2.8 // indirect
	k8s.io/apimachinery v0.17.5 // indirect
)
