package main

import (
	"path/filepath"

	"github.com/golang/protobuf/ptypes/timestamp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/helm/pkg/proto/hapi/release"
)

// collector gathers the records of one fixture file. The first error stays and stops the rest, so
// that a list of cases reads as a list.
type collector struct {
	charts  string
	objects []object
	err     error
}

// epoch is when most fixtures were deployed: 2017-07-14T02:40:00Z.
const epoch = 1500000000

func at(seconds int64, nanos int32) *timestamp.Timestamp {
	return &timestamp.Timestamp{Seconds: seconds, Nanos: nanos}
}

// deploy renders a chart and gives the release as Tiller would store it after an install.
func (c *collector) deploy(chart string, o order) *release.Release {
	if c.err != nil {
		return &release.Release{}
	}
	if o.time == nil {
		o.time = at(epoch, 123456789)
	}
	if o.revision == 0 {
		o.revision = 1
	}
	if o.namespace == "" {
		o.namespace = "apps"
	}
	loaded, err := loadChart(filepath.Join(c.charts, chart))
	if err != nil {
		c.err = err
		return &release.Release{}
	}
	rel, err := deploy(loaded, o)
	if err != nil {
		c.err = err
		return &release.Release{}
	}
	return rel
}

// store adds a release as Tiller's ConfigMap driver writes it.
func (c *collector) store(rel *release.Release) *v1.ConfigMap {
	if c.err != nil {
		return &v1.ConfigMap{}
	}
	cm, err := storeConfigMap(rel)
	c.add(cm, err)
	return cm
}

// storeSecret adds a release as Tiller's Secret driver writes it.
func (c *collector) storeSecret(rel *release.Release) {
	if c.err != nil {
		return
	}
	secret, err := storeSecret(rel)
	c.add(secret, err)
}

func (c *collector) add(o object, err error) {
	if err != nil {
		c.err = err
		return
	}
	c.objects = append(c.objects, o)
}

// tiny installs the smallest chart, changes one thing in its release, and stores it.
func (c *collector) tiny(name string, change func(*release.Release)) {
	rel := c.deploy("tiny", order{name: name, values: "replicas: 2\n"})
	if c.err == nil {
		change(rel)
		c.store(rel)
	}
}

// message is the protobuf of a release of the smallest chart, for records made by hand.
func (c *collector) message(name string, change func(*release.Release)) []byte {
	rel := c.deploy("tiny", order{name: name, values: "replicas: 2\n"})
	if c.err != nil {
		return nil
	}
	change(rel)
	raw, err := marshal(rel)
	c.err = err
	return raw
}

// raw adds a record with these very bytes, which the driver wouldn't write.
func (c *collector) raw(name string, message []byte, compress bool) *v1.ConfigMap {
	if c.err != nil {
		return &v1.ConfigMap{}
	}
	cm, err := rawConfigMap(name, 1, "DEPLOYED", message, compress)
	c.add(cm, err)
	return cm
}
