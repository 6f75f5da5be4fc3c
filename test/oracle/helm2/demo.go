package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ghodss/yaml"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/helm/pkg/chartutil"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// demo writes a folder as an administrator's dump of a Tiller namespace might look: lists and single
// objects, YAML and JSON, ConfigMaps and Secrets, one record damaged.
func demo(charts, dir string) error {
	d := &dump{charts: charts, resourceVersion: 18204}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var lists = map[string][]object{}
	for _, r := range demoReleases {
		objects, err := d.history(r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if r.file == "" { // a file a revision
			for _, o := range objects {
				if err := writeFile(filepath.Join(dir, r.name, o.GetName()+".yaml"), []object{o}); err != nil {
					return err
				}
			}
			continue
		}
		lists[r.file] = append(lists[r.file], objects...)
	}
	for file, objects := range lists {
		text, err := kubectlList(objects, filepath.Ext(file) == ".json")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

type dump struct {
	charts          string
	resourceVersion int
}

// history deploys every revision of a release in turn.
func (d *dump) history(r demoRelease) ([]object, error) {
	var objects []object
	var first *release.Release
	for _, s := range r.steps {
		when, err := time.Parse(time.RFC3339Nano, s.when)
		if err != nil {
			return nil, err
		}
		c, err := loadChart(filepath.Join(d.charts, r.chart))
		if err != nil {
			return nil, err
		}
		c.Metadata.Version = s.version
		// these charts were published anew with each version of their program
		set, err := chartutil.ReadValues([]byte(s.values))
		if err != nil {
			return nil, err
		}
		if tag, err := set.PathValue("image.tag"); err == nil {
			c.Metadata.AppVersion = fmt.Sprint(tag)
		}
		rel, err := deploy(c, order{
			name: r.name, namespace: r.namespace, revision: s.revision, values: s.values,
			time: at(when.Unix(), int32(when.Nanosecond())),
		})
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = rel
		}
		rel.Info.FirstDeployed = first.Info.LastDeployed
		rel.Info.Status.Code = s.status
		if s.description != "" {
			rel.Info.Description = s.description
		}
		if s.change != nil {
			s.change(rel)
		}
		var o object
		if r.secret {
			o, err = storeSecret(rel)
		} else {
			o, err = storeConfigMap(rel)
		}
		if err != nil {
			return nil, err
		}
		if s.damaged {
			if err := damageChecksum(o); err != nil {
				return nil, err
			}
		}
		d.register(o, when)
		objects = append(objects, o)
	}
	return objects, nil
}

// register gives an object what an API server of Tiller's time added.
func (d *dump) register(o object, when time.Time) {
	sum := sha256.Sum256([]byte(o.GetName()))
	o.SetUID(types.UID(fmt.Sprintf("%x-%x-11e9-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:14])))
	d.resourceVersion += 900 + int(sum[15])*7
	o.SetResourceVersion(fmt.Sprint(d.resourceVersion))
	o.SetCreationTimestamp(metav1.NewTime(when.UTC().Truncate(time.Second)))
	plural := "configmaps"
	if _, ok := o.(*v1.Secret); ok {
		plural = "secrets"
	}
	o.SetSelfLink("/api/v1/namespaces/" + tillerNamespace + "/" + plural + "/" + o.GetName())
}

// damageChecksum flips one bit of gzip's CRC-32: everything else is as it was.
func damageChecksum(o object) error {
	cm, ok := o.(*v1.ConfigMap)
	if !ok {
		return fmt.Errorf("%s is not a ConfigMap", o.GetName())
	}
	raw, err := base64.StdEncoding.DecodeString(cm.Data["release"])
	if err != nil {
		return err
	}
	raw[len(raw)-8] ^= 0x10
	cm.Data["release"] = base64.StdEncoding.EncodeToString(raw)
	return nil
}

// kubectlList prints objects as `kubectl get -o yaml` or `-o json` does.
func kubectlList(objects []object, asJSON bool) ([]byte, error) {
	list := map[string]interface{}{
		"apiVersion": "v1",
		"kind":       "List",
		"items":      objects,
		"metadata":   map[string]string{"resourceVersion": "", "selfLink": ""},
	}
	if !asJSON {
		return yaml.Marshal(list)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "    ")
	err := encoder.Encode(list)
	return out.Bytes(), err
}
