package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/ghodss/yaml"
	"github.com/golang/protobuf/proto"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/helm/pkg/proto/hapi/release"
	"k8s.io/helm/pkg/storage/driver"
)

const tillerNamespace = "kube-system"

// object is a ConfigMap or a Secret as the API server would show it.
type object interface{ metav1.Object }

// storeConfigMap lets Tiller's ConfigMap driver write a release, and takes what it wrote.
func storeConfigMap(rel *release.Release) (*v1.ConfigMap, error) {
	api := fake.NewSimpleClientset().CoreV1().ConfigMaps(tillerNamespace)
	key := recordKey(rel)
	if err := write(driver.NewConfigMaps(api), key, rel); err != nil {
		return nil, err
	}
	cm, err := api.Get(key, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	cm.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
	settle(cm, rel)
	return cm, nil
}

// storeSecret is storeConfigMap for Tiller's `--storage=secret`.
func storeSecret(rel *release.Release) (*v1.Secret, error) {
	api := fake.NewSimpleClientset().CoreV1().Secrets(tillerNamespace)
	key := recordKey(rel)
	if err := write(driver.NewSecrets(api), key, rel); err != nil {
		return nil, err
	}
	secret, err := api.Get(key, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}
	secret.Type = v1.SecretTypeOpaque // what the API server sets where the driver says nothing
	settle(secret, rel)
	return secret, nil
}

// write takes Tiller's two steps: an operation creates its revision in a pending state, and what became
// of it is an update, which leaves another label behind.
func write(d driver.Driver, key string, rel *release.Release) error {
	if err := d.Create(key, rel); err != nil {
		return err
	}
	switch rel.GetInfo().GetStatus().GetCode() {
	case release.Status_PENDING_INSTALL, release.Status_PENDING_UPGRADE, release.Status_PENDING_ROLLBACK:
		return nil
	}
	return d.Update(key, rel)
}

// recordKey is the name that Tiller's pkg/storage gives a revision; its function isn't exported.
func recordKey(rel *release.Release) string {
	return fmt.Sprintf("%s.v%d", rel.Name, rel.Version)
}

// settle takes the clock out of a record: the driver labels it with the time of writing, we with the
// time of deployment.
func settle(o object, rel *release.Release) {
	o.SetNamespace(tillerNamespace)
	labels := o.GetLabels()
	for _, label := range []string{"CREATED_AT", "MODIFIED_AT"} {
		if _, there := labels[label]; there {
			labels[label] = strconv.FormatInt(rel.GetInfo().GetLastDeployed().GetSeconds(), 10)
		}
	}
	o.SetLabels(labels)
}

// rawConfigMap is a record that the driver wouldn't write: bytes of any kind, gzipped or not.
func rawConfigMap(name string, revision int, status string, message []byte, compress bool) (*v1.ConfigMap, error) {
	if compress {
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(message); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		message = zipped.Bytes()
	}
	return &v1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Name:      fmt.Sprintf("%s.v%d", name, revision),
			Namespace: tillerNamespace,
			Labels: map[string]string{
				"NAME": name, "OWNER": "TILLER", "STATUS": status, "VERSION": strconv.Itoa(revision),
				"CREATED_AT": "1500000000",
			},
		},
		Data: map[string]string{"release": base64.StdEncoding.EncodeToString(message)},
	}, nil
}

// marshal is proto.Marshal with the keys of maps in order.
func marshal(rel *release.Release) ([]byte, error) {
	buffer := proto.NewBuffer(nil)
	buffer.SetDeterministic(true)
	err := buffer.Marshal(rel)
	return buffer.Bytes(), err
}

// manifests prints objects as the documents of one YAML stream.
func manifests(objects []object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		// the zero time, where an object has never been on a server
		out.Write(bytes.Replace(text, []byte("  creationTimestamp: null\n"), nil, 1))
	}
	return out.Bytes(), nil
}
