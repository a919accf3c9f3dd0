// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package notification

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Message is the resource infraops_notification_message.
var Message = lifecycle.Type{
	Kind: record.KindMessage,
	Description: "A message to people, sent **once for its `triggers`**. The apply that creates it sends it, and an interrupted apply that is repeated does not send it again. " +
		"A change of `triggers` sends a new message, with the text as it is then. A change of the text alone, of `recipients`, `subject`, `body`, `facts`, `links` or `severity`, sends nothing: " +
		"the plan warns, and the apply updates the state only.\n\n" +
		"Destroying unsends nothing, and the message is kept as evidence. Creating it anew after that, or `terraform apply -replace`, sends a new message, with the same `triggers` too.\n\n" +
		"The built-in registry keeps messages of every channel in its outbox, where `terraform-provider-infraops notification list` shows them: **nothing is sent**, and `delivery` says so. " +
		"Put no secret into a message: its text is in the state and in the outbox.",
	Attributes: map[string]schema.Attribute{
		"name":       schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack together with `channel` and `triggers`. The recipients do not see it."},
		"channel":    schema.StringAttribute{Required: true, MarkdownDescription: "How it is sent: " + lifecycle.OneOf(record.MessageChannels()) + "."},
		"recipients": schema.SetAttribute{ElementType: types.StringType, Required: true, MarkdownDescription: "Who gets it: e-mail addresses for `smtp`, channels or members such as `#platform` for `slack`, and what the serving system knows for others."},
		"subject":    schema.StringAttribute{Required: true, MarkdownDescription: "What it is about, in a line."},
		"body":       schema.StringAttribute{Required: true, MarkdownDescription: "The text, in Markdown."},
		"facts":      schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Short values to show as a table below the text, such as the address of a VM."},
		"links":      schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Where to read on: labels, and URLs that begin with `https://`, `http://` or `mailto:`."},
		"severity":   schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(record.MessageSeverities()[0]), MarkdownDescription: "How much it matters: " + lifecycle.OneOf(record.MessageSeverities()) + ". Default: `info`."},
		"triggers":   schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Values whose change is worth a new message, such as the id of a VM."},
		"message_id": schema.StringAttribute{Computed: true, MarkdownDescription: "What the channel knows the message by."},
		"sent_at":    schema.StringAttribute{Computed: true, MarkdownDescription: "When it was handed to the channel, or put into the outbox."},
		"delivery":   schema.StringAttribute{Computed: true, MarkdownDescription: "What became of it: `sent`, handed to the channel, or `outbox`, kept by the built-in registry and sent to nobody."},
	},
	Immutable: []string{"name", "channel", "triggers"},
	Stable:    []string{"message_id", "sent_at", "delivery"},
	Plan:      planMessage,
}

// planMessage says that a corrected text reaches nobody.
func planMessage(_ context.Context, p *lifecycle.Plan) error {
	if p.Prior == nil || !p.Known(record.Define(record.KindMessage).Key...) || p.Prior.NaturalName() != p.Planned.NaturalName() {
		return nil
	}
	var edited []string
	for _, path := range record.Changes(p.Prior, p.Planned) {
		name, _, _ := strings.Cut(path, ".")
		if f, _ := record.FieldNamed(p.Planned, name); f.Once && p.Known(name) && !slices.Contains(edited, name) {
			edited = append(edited, name)
		}
	}
	if len(edited) > 0 {
		p.Warn("The message will not be sent again", fmt.Sprintf("%s changed, and a message is sent once for its triggers: "+
			"the apply updates the state only. Change triggers to send it as it is now", strings.Join(edited, ", ")))
	}
	return nil
}
