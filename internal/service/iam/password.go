// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
	// symbols need no quoting in POSIX shells, HCL, JSON and SQL.
	symbols = "-_.:+=@^"

	alphabet = upper + lower + digits + symbols
)

// generate makes a password that is uniformly random among those that are acceptable: one that is not is thrown away whole.
func generate(length int64, names ...string) (string, error) {
	for {
		password := make([]byte, length)
		for i := range password {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				return "", fmt.Errorf("generating a password: %w", err)
			}
			password[i] = alphabet[n.Int64()]
		}
		if acceptable(string(password), names) {
			return string(password), nil
		}
	}
}

// acceptable applies Active Directory's rules of complexity, and wants a letter first, since a hyphen there looks like an option.
func acceptable(password string, names []string) bool {
	for _, class := range []string{upper, lower, digits, symbols} {
		if !strings.ContainsAny(password, class) {
			return false
		}
	}
	return strings.ContainsRune(upper+lower, rune(password[0])) && !slices.ContainsFunc(names, func(name string) bool { return resembles(password, name) })
}

// resembles says that the password contains a word of a name. Words of one or two characters do not count.
func resembles(password, name string) bool {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",.-_#", r) })
	return slices.ContainsFunc(append(words, name), func(word string) bool {
		return len(word) > 2 && strings.Contains(strings.ToLower(password), strings.ToLower(word))
	})
}

// deliverPassword generates the password where another one is asked for. It is delivered before the account gets it:
// the other way round, an interruption would leave an account whose password nobody has.
func deliverPassword(ctx context.Context, w *lifecycle.Write) error {
	account := w.Record.(*record.FunctionalAccount)
	was, g := generatedBefore(w), account.GeneratePassword
	if g != nil && !reflect.DeepEqual(was, g) {
		password, err := generate(g.Length, account.Name, account.DisplayName)
		if err != nil {
			return err
		}
		if err := putPassword(ctx, w, account, password); err != nil {
			return err
		}
		account.Password = record.NewSecret(password)
		w.Send("password_wo", "generate_password")
	}
	if was == nil || g != nil && g.DeliverTo.Path == was.DeliverTo.Path {
		return nil
	}
	w.Send("generate_password")
	return takeBack(ctx, w, was.DeliverTo.Path)
}

func generatedBefore(w *lifecycle.Write) *record.GeneratedPassword {
	if w.Prior == nil {
		return nil
	}
	return w.Prior.(*record.FunctionalAccount).GeneratePassword
}

func putPassword(ctx context.Context, w *lifecycle.Write, account *record.FunctionalAccount, password string) error {
	g := account.GeneratePassword
	_, err := w.Put(ctx, &record.SecretDelivery{
		Path: g.DeliverTo.Path, Recipient: g.DeliverTo.Recipient, TTL: g.DeliverTo.TTL, OneTime: g.DeliverTo.OneTime,
		Secret:        map[string]record.Secret{"username": record.NewSecret(account.Name), "password": record.NewSecret(password)},
		SecretVersion: g.Version, MadeFor: madeFor(account),
	}, "recipient", "ttl", "one_time", "secret_wo", "secret_wo_version")
	if err != nil {
		return fmt.Errorf("delivering its password to %q: %w", g.DeliverTo.Path, err)
	}
	return nil
}

// madeFor is what a delivery says of whom it is for.
func madeFor(account *record.FunctionalAccount) string {
	return string(account.Kind()) + "/" + account.NaturalName()
}

// takeBackPassword ends the delivery when the account has ended.
func takeBackPassword(ctx context.Context, w *lifecycle.Write) error {
	if was := generatedBefore(w); was != nil && was.DeliverTo != nil {
		return takeBack(ctx, w, was.DeliverTo.Path)
	}
	return nil
}

// takeBack ends the account's delivery at a path. One that is not the account's stays.
func takeBack(ctx context.Context, w *lifecycle.Write, path string) error {
	store, _, err := w.Store(record.KindSecretDelivery)
	if err != nil {
		return err
	}
	found, err := store.Find(ctx, record.Query{Stack: w.Stack(), Names: []string{path}})
	for _, f := range found {
		if err == nil && f.(*record.SecretDelivery).MadeFor == madeFor(w.Record.(*record.FunctionalAccount)) {
			err = w.End(ctx, f)
		}
	}
	if err != nil {
		return fmt.Errorf("taking back its password at %q: %w", path, err)
	}
	return nil
}
