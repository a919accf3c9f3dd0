// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import "github.com/infraops/terraform-provider-infraops/internal/record"

// Options are the options of every system that is reached over HTTP. [Configure] reads them.
func Options() []record.Option {
	return []record.Option{
		{Name: "url", Description: "The URL of the system."},
	}
}

// Configure reads the options that every system reached over HTTP has.
func Configure(s record.System, settings record.Settings) (Config, error) {
	return Config{System: s.Name, Title: s.Title, URL: settings["url"]}, nil
}
