// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

// situation is one refusal of the table.
type situation struct {
	// name is that of the block which is refused: see refusals_provoke_test.go.
	name, title string
	// happened says what was there and what has happened since.
	happened string
	command  string
}

type topic struct {
	title      string
	situations []situation
}

const (
	plans    = "terraform plan"
	applies  = "terraform apply"
	destroys = "terraform destroy"
	checked  = "terraform validate"
	// reviewed is how pipelines apply: what was planned before the decision.
	reviewed = "terraform apply reviewed.tfplan"
)

// refusals is the table, in the order in which a reader would ask.
var refusals = []topic{
	{"Images", []situation{
		{"image_revoked", "The channel's version was revoked", "The last apply used version 1.0.0 by its channel. Stack \"golden\" has revoked it since and published 1.1.0.", plans},
		{"image_alone", "The version was revoked and there is none to go to", "The last apply used version 1.0.0. Stack \"golden\" has revoked it since.", plans},
		{"image_expired", "The version has reached its end of life", "The last apply used version 1.0.0. Its end of life has passed since; 1.1.0 is there.", plans},
		{"promotion", "A channel is promoted to a revoked version", "The channel stands for 1.1.0 and is edited to go back to 1.0.0, which stack \"golden\" has revoked.", plans},
	}},
	{"The change in the plan", []situation{
		{"frozen_window", "A freeze lies over the window", "Stack \"operations\" has declared a freeze. A normal change is planned within it. (An emergency change, which the freeze exempts, passes.)", plans},
		{"moved_window", "The window is moved into a freeze", "The change was recorded for another time, and its window is edited.", plans},
		{"conflicts", "Something stands in the way, and fail_on_conflict is set", "Stack \"operations\" has a freeze and a change of the same server at that time.", plans},
		{"closed", "What a change was closed with is edited", "The change was closed by the last apply. The notes of its closure are edited.", plans},
	}},
	{"The gate", []situation{
		{"pending", "Nobody has decided yet", "The change was recorded by this very apply.", applies},
		{"rejected", "The change was rejected", "Bob has rejected it with a comment.", reviewed},
		{"by_requester", "Only the requester has approved", "The only approval, written past the command line, is that of alice, who has requested the change.", reviewed},
		{"canceled", "The change was cancelled", "An operator has cancelled it.", reviewed},
		{"early", "The window is not open yet", "Bob has approved it.", reviewed},
		{"late", "The window is over, and the approval with it", "Bob has approved it, and the window has passed.", reviewed},
		{"frozen", "A freeze is in force", "Bob has approved it. Stack \"operations\" has declared a freeze since; the change has no window.", reviewed},
		{"edited", "The content was edited after the plan", "An operator has edited the description after the plan.", reviewed},
	}},
	{"Checks", []situation{
		{"tcp", "Nothing listens", "The port is closed.", applies},
		{"http", "The wrong status", "The service answers 503.", applies},
		{"ssh", "Another host key", "The host has another key than the configuration says.", applies},
	}},
	{"Addresses", []situation{
		{"exhausted", "The prefix is exhausted", "Stack \"theirs\" has the only address.", plans},
		{"raced", "The prefix was exhausted after the plan", "The plan saw one free address, which stack \"theirs\" has taken since.", reviewed},
		{"taken", "Another stack has the address", "Stack \"theirs\" has the address.", plans},
	}},
	{"Destroying", []situation{
		{"decommission", "The decommission is not decided yet", "The destroy has opened the decommission change.", destroys},
		{"decommission_rejected", "The decommission was rejected", "The first destroy has opened the decommission change, and Bob has rejected it.", destroys},
		{"decommission_canceled", "The decommission was cancelled", "The first destroy has opened the decommission change, and an operator has cancelled it.", destroys},
		{"patching", "A patch policy in use", "Stack \"theirs\" has enrolled a host in it.", destroys},
		{"silver", "A backup policy in use", "Stack \"theirs\" has enrolled two machines in it.", destroys},
		{"servers", "A prefix in use", "Stack \"theirs\" has an address of it.", destroys},
	}},
	{"Secrets", []situation{
		{"unversioned", "A secret without a version", "secret_wo is given, secret_wo_version is not.", checked},
		{"unversioned_password", "A password without a version", "password_wo is given, password_wo_version is not.", checked},
		{"two_passwords", "Two passwords", "generate_password and password_wo are both given.", checked},
	}},
}
