//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"encoding/json"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// deliveriesOpen fetches all that was delivered, as the requestor does.
func (w *world) deliveriesOpen() {
	w.t.Helper()
	passwords := map[string]string{}
	w.with(func(r *registry.Registry) error {
		for i := range w.vms {
			name := vmName(i)
			account, err := w.opened(r, "test/"+name+"/account")
			if err != nil {
				return err
			}
			if account["username"] != "svc-"+name || account["password"] == "" {
				w.t.Errorf("what was delivered for the account of %s is for %q", name, account["username"])
			}
			once(w.t, true, "password", passwords, account["password"], name)
			if i == 0 { // one is enough: looking takes time
				acctest.AssertNowhere(w.t, account["password"], w.dir)
			}
			credentials, err := w.opened(r, "test/"+name+"/credentials")
			if err != nil {
				return err
			}
			if told := credentials["token"]; told != "handed over to "+name {
				w.t.Errorf("the credentials of %s are %q", name, told)
			}
		}
		return nil
	})
}

// opened takes a one-time delivery.
func (w *world) opened(r *registry.Registry, path string) (content map[string]string, err error) {
	message, err := r.RetrieveSecret(w.t.Context(), w.stack, path)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(message)), w.requestor)
	if err != nil {
		return nil, fmt.Errorf("what lies at %s: %w", path, err)
	}
	err = json.NewDecoder(plain).Decode(&content)
	return content, err
}
