// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

// Relationship connects two configuration items.
type Relationship struct {
	Meta
	ParentID string `json:"parent_id"`
	ChildID  string `json:"child_id"`
	// Type is one of [RelationshipTypes], or the system's own where the system has more.
	Type string `json:"type"`
}

// RelationshipTypes are the portable types of relationships, read from parent to child.
func RelationshipTypes() []string {
	return []string{"connects_to", "contains", "depends_on", "hosted_on", "runs_on", "uses"}
}

// KindRelationship is the kind of [Relationship].
var KindRelationship = define(Definition{
	Kind: "cmdb_relationship", Role: RoleCMDB, Title: "relationship", Version: 1,
	Key: []string{"parent_id", "type", "child_id"}, NameForm: "<parent_id>/<type>/<child_id>",
	New: func() Record { return new(Relationship) },
})

// Kind implements [Record].
func (*Relationship) Kind() Kind { return "cmdb_relationship" }

// NaturalName implements [Record].
func (r *Relationship) NaturalName() string { return r.ParentID + "/" + r.Type + "/" + r.ChildID }

// Canonicalise implements [Record].
func (r *Relationship) Canonicalise() {}

// Validate implements [Record].
func (r *Relationship) Validate() []FieldError {
	var v rules
	v.name("parent_id", r.ParentID)
	v.name("child_id", r.ChildID)
	v.name("type", r.Type)
	if r.ParentID != "" && r.ParentID == r.ChildID {
		v.addAcross("child_id", []string{"parent_id"}, "must be another configuration item than parent_id")
	}
	v.entries("extensions", r.Extensions, MaxValue)
	return v.problems
}
