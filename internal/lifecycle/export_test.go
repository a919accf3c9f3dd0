// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Codec gives the tests, which are outside the package because the types that they use import it, the codec of a resource.
type Codec struct{ codec *codec }

// CodecOf is the codec of a resource.
func CodecOf(r resource.Resource) Codec { return Codec{r.(*Resource).codec} }

// Type is the wire type.
func (c Codec) Type() tftypes.Object { return c.codec.object }

// Configurable says whether a configuration can set the attribute, and a state keeps it.
func (c Codec) Configurable(name string) bool {
	for _, f := range c.codec.fields {
		if f.Name == name {
			return f.configurable && !f.Secret
		}
	}
	return name == attrExtensions || name == attrTimeouts
}

// Defaulted says whether the attribute has a default, so that it is never null.
func (c Codec) Defaulted(name string) bool {
	for _, f := range c.codec.fields {
		if f.Name == name {
			return f.fallback != nil
		}
	}
	return false
}

// RoundTrip decodes an object, asks everything that can be asked about it, and encodes it again.
func (c Codec) RoundTrip(object tftypes.Value, system string) (record.Record, tftypes.Value, error) {
	d, err := c.codec.decode(object, system)
	if err != nil {
		return nil, tftypes.Value{}, err
	}
	d.judge()
	d.owned()
	d.extensionSystems()
	d.imported()
	d.unknownConfigured()
	again, err := c.codec.encode(d.record, encoding{base: d, system: system})
	return d.record, again, err
}
