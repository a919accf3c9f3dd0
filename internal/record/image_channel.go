// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

// ImageChannel is a name, such as "production", for the version of a family that is to be used. Promoting is giving it another version.
type ImageChannel struct {
	Meta
	Family  string `json:"family"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// KindImageChannel is the kind of [ImageChannel].
var KindImageChannel = define(Definition{
	Kind: "image_channel", Role: RoleImage, Title: "image channel", Version: 1,
	Key: []string{"family", "name"}, NameForm: "<family>/<name>",
	New: func() Record { return new(ImageChannel) },
})

// Kind implements [Record].
func (*ImageChannel) Kind() Kind { return "image_channel" }

// NaturalName implements [Record].
func (c *ImageChannel) NaturalName() string { return c.Family + "/" + c.Name }

// Canonicalise implements [Record].
func (c *ImageChannel) Canonicalise() {}

// Validate implements [Record].
func (c *ImageChannel) Validate() []FieldError {
	var v rules
	v.segment("family", c.Family)
	v.segment("name", c.Name)
	v.segment("version", c.Version)
	v.entries("extensions", c.Extensions, MaxValue)
	return v.problems
}

// Admit says why a channel cannot have its version, given the images of that version; nil where it can. A version
// is usable as long as one of its images is.
func (c *ImageChannel) Admit(images []*ImageVersion) error {
	if len(images) == 0 {
		return Errorf(ErrNotFound, "family %q has no version %q", c.Family, c.Version).On("version").
			Advise("Publish it as an infraops_image_version first, and refer to that resource's version attribute")
	}
	for _, image := range images {
		if image.Usable() {
			return nil
		}
	}
	return Errorf(ErrRefused, "version %s of family %q %s", c.Version, c.Family, images[0].Ended()).On("version").
		Advise("Choose a version that is usable")
}
