package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	v3driver "helm.sh/helm/v3/pkg/storage/driver"
	v4driver "helm.sh/helm/v4/pkg/storage/driver"

	v3release "helm.sh/helm/v3/pkg/release"
	v4release "helm.sh/helm/v4/pkg/release/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// object is a ConfigMap or a Secret as the API server would show it.
type object interface{ metav1.Object }

// record is one stored release and the JSON text its payload holds.
type record struct {
	object object
	json   string
	// rewritten is what the same Helm stores after it read that text: it may be another text.
	rewritten string
	// broken says why there is no JSON text, for records that can't be read.
	broken string
}

const (
	secretKind    = "Secret"
	configMapKind = "ConfigMap"
)

// store3 lets Helm 3's driver of a kind write a release, and takes what it wrote.
func store3(kind string, rel *v3release.Release) (record, error) {
	core := fake.NewClientset().CoreV1()
	key := fmt.Sprintf("sh.helm.release.v1.%s.v%d", rel.Name, rel.Version)
	var d v3driver.Driver = v3driver.NewSecrets(core.Secrets(rel.Namespace))
	if kind == configMapKind {
		d = v3driver.NewConfigMaps(core.ConfigMaps(rel.Namespace))
	}
	if err := d.Create(key, rel); err != nil {
		return record{}, err
	}
	// A pending revision is created; what became of it is an update, which changes a label.
	if !rel.Info.Status.IsPending() {
		if err := d.Update(key, rel); err != nil {
			return record{}, err
		}
	}
	return take(core.Secrets(rel.Namespace), core.ConfigMaps(rel.Namespace), kind, key, rel.Info.LastDeployed.Unix())
}

// store4 is store3 for Helm 4's drivers.
func store4(kind string, rel *v4release.Release) (record, error) {
	core := fake.NewClientset().CoreV1()
	key := fmt.Sprintf("sh.helm.release.v1.%s.v%d", rel.Name, rel.Version)
	var d v4driver.Driver = v4driver.NewSecrets(core.Secrets(rel.Namespace))
	if kind == configMapKind {
		d = v4driver.NewConfigMaps(core.ConfigMaps(rel.Namespace))
	}
	if err := d.Create(key, rel); err != nil {
		return record{}, err
	}
	if !rel.Info.Status.IsPending() {
		if err := d.Update(key, rel); err != nil {
			return record{}, err
		}
	}
	return take(core.Secrets(rel.Namespace), core.ConfigMaps(rel.Namespace), kind, key, rel.Info.LastDeployed.Unix())
}

type getter[T any] interface {
	Get(context.Context, string, metav1.GetOptions) (T, error)
}

// take reads a record back from the fake server and sets its clock label, which the driver took from
// the time of writing, to the time of deployment.
func take(secrets getter[*v1.Secret], configMaps getter[*v1.ConfigMap], kind, key string, seconds int64) (record, error) {
	var o object
	var payload string
	if kind == configMapKind {
		cm, err := configMaps.Get(context.Background(), key, metav1.GetOptions{})
		if err != nil {
			return record{}, err
		}
		cm.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: kind}
		o, payload = cm, cm.Data["release"]
	} else {
		secret, err := secrets.Get(context.Background(), key, metav1.GetOptions{})
		if err != nil {
			return record{}, err
		}
		secret.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: kind}
		o, payload = secret, string(secret.Data["release"])
	}
	o.SetManagedFields(nil) // the fake server's, not Helm's
	for _, label := range []string{"createdAt", "modifiedAt"} {
		if _, there := o.GetLabels()[label]; there {
			o.GetLabels()[label] = strconv.FormatInt(seconds, 10)
		}
	}
	text, err := unpack(payload)
	return record{object: o, json: string(text)}, err
}

// raw is a Secret that no driver of today writes, around any text.
func raw(name, secretType, payload string) *v1.Secret {
	return &v1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: secretKind},
		ObjectMeta: metav1.ObjectMeta{
			Name:      "sh.helm.release.v1." + name + ".v1",
			Namespace: "apps",
			Labels: map[string]string{
				"name": name, "owner": "helm", "status": "deployed", "version": "1", "createdAt": "1700000000",
			},
		},
		Type: v1.SecretType(secretType),
		Data: map[string][]byte{"release": []byte(payload)},
	}
}

// pack is what every driver does with a text.
func pack(text string) (string, error) {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(zipped.Bytes()), nil
}

// writeManifests writes objects as the documents of one YAML stream.
func writeManifests(path string, records []record) error {
	var out bytes.Buffer
	for i, r := range records {
		text, err := yaml.Marshal(r.object)
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		// the zero time, where an object has never been on a server
		out.Write(bytes.Replace(text, []byte("  creationTimestamp: null\n"), nil, 1))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
