// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Command docschema gives the documentation what only the program knows.
//
//	docschema                    print the provider's schema as `terraform providers schema -json` does
//	docschema guides DIRECTORY   put tables derived from the systems into the guides that were generated into a directory
//
// It asks the provider itself for the schema: a CLI leaves out what it does not know (Terraform before 1.12 identities,
// OpenTofu actions and list resources), so that the documentation would depend on who generates it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "docschema:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 0:
		document, err := schemas(context.Background())
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(document)
	case len(args) == 2 && args[0] == "guides":
		return expandGuides(args[1])
	}
	return fmt.Errorf("usage: docschema [guides DIRECTORY]")
}

// object is a JSON object. Types in it (tftypes.Type) write themselves as Terraform writes them.
type object map[string]any

// put adds a member unless its value is the zero one, which Terraform leaves out.
func (o object) put(name string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case int64:
		if v == 0 {
			return
		}
	}
	o[name] = value
}

func schemas(ctx context.Context) (object, error) {
	server := provider.Server(provider.New("docs", provider.Systems()))
	answer, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the provider's schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the resources' identities: %w", err)
	}
	for _, d := range append(answer.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	action := func(a *tfprotov6.ActionSchema) object { return schema(a.Schema) }
	return object{
		"format_version": "1.0",
		"provider_schemas": object{"infraops": object{
			"provider":                   schema(answer.Provider),
			"resource_schemas":           each(answer.ResourceSchemas, schema),
			"data_source_schemas":        each(answer.DataSourceSchemas, schema),
			"ephemeral_resource_schemas": each(answer.EphemeralResourceSchemas, schema),
			"list_resource_schemas":      each(answer.ListResourceSchemas, schema),
			"action_schemas":             each(answer.ActionSchemas, action),
			"functions":                  each(answer.Functions, function),
			"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
		}},
	}, nil
}

func each[T any](things map[string]T, convert func(T) object) object {
	all := object{}
	for name, thing := range things {
		all[name] = convert(thing)
	}
	return all
}

func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": block(s.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range b.BlockTypes {
		o := object{"nesting_mode": strings.ToLower(nested.Nesting.String()), "block": block(nested.Block)}
		o.put("min_items", nested.MinItems)
		o.put("max_items", nested.MaxItems)
		blocks[nested.TypeName] = o
	}
	o := described(b.Description, b.DescriptionKind)
	o["attributes"] = attributes(b.Attributes)
	o["block_types"] = blocks
	o.put("deprecated", b.Deprecated)
	return o
}

func attributes(list []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range list {
		o := described(a.Description, a.DescriptionKind)
		if a.NestedType != nil {
			o["nested_type"] = object{
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
				"attributes":   attributes(a.NestedType.Attributes),
			}
		} else {
			o["type"] = a.Type
		}
		o.put("required", a.Required)
		o.put("optional", a.Optional)
		o.put("computed", a.Computed)
		o.put("sensitive", a.Sensitive)
		o.put("write_only", a.WriteOnly)
		o.put("deprecated", a.Deprecated)
		all[a.Name] = o
	}
	return all
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	all := object{}
	for _, a := range s.IdentityAttributes {
		o := object{"type": a.Type}
		o.put("description", a.Description)
		o.put("required_for_import", a.RequiredForImport)
		o.put("optional_for_import", a.OptionalForImport)
		all[a.Name] = o
	}
	return object{"version": s.Version, "attributes": all}
}

func function(f *tfprotov6.Function) object {
	parameters := []object{}
	for _, p := range f.Parameters {
		parameters = append(parameters, parameter(p))
	}
	o := object{"return_type": f.Return.Type, "parameters": parameters}
	if f.VariadicParameter != nil {
		o["variadic_parameter"] = parameter(f.VariadicParameter)
	}
	o.put("summary", f.Summary)
	o.put("description", f.Description)
	o.put("deprecation_message", f.DeprecationMessage)
	return o
}

func parameter(p *tfprotov6.FunctionParameter) object {
	o := object{"name": p.Name, "type": p.Type}
	o.put("description", p.Description)
	o.put("is_nullable", p.AllowNullValue)
	return o
}

func described(text string, kind tfprotov6.StringKind) object {
	o := object{"description_kind": "plain"}
	if kind == tfprotov6.StringKindMarkdown {
		o["description_kind"] = "markdown"
	}
	o.put("description", text)
	return o
}
