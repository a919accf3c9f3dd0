// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// recipientAdvice says what a recipient can be.
const recipientAdvice = "give an age public key as age-keygen -y prints it, or an SSH public key of type ssh-ed25519 or ssh-rsa with at least 2048 bits"

// parseRecipient reads a public key of age or of SSH.
func parseRecipient(s string) (age.Recipient, error) {
	var recipient age.Recipient
	var err error
	if strings.HasPrefix(s, "age1") {
		recipient, err = age.ParseX25519Recipient(s)
	} else {
		recipient, err = agessh.ParseRecipient(s)
	}
	return recipient, err
}

// seal encrypts to one recipient, so that age -d -i KEY opens it.
func seal(recipient string, content []byte) (string, error) {
	to, err := parseRecipient(recipient)
	if err != nil {
		return "", record.Errorf(record.ErrInvalid, "it cannot be sealed to this public key").On("recipient").Because(err).Advise("To seal it, %s", recipientAdvice)
	}
	var message bytes.Buffer
	armored := armor.NewWriter(&message)
	plain, err := age.Encrypt(armored, to)
	if err == nil {
		_, err = plain.Write(content)
	}
	if err == nil {
		err = errors.Join(plain.Close(), armored.Close())
	}
	if err != nil {
		return "", record.Errorf(record.ErrInvalid, "the secret cannot be sealed").On("recipient").Because(err)
	}
	return message.String(), nil
}

// unseal decrypts with the private keys of a file.
func unseal(message, file string) ([]byte, error) {
	identities, err := readIdentities(file)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(message)), identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, record.Errorf(record.ErrUnauthorized, "no private key in %s opens what is sealed there", file).On("path").
			Advise("Name the file with the private key of the delivery's recipient in identity_file")
	}
	if err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "what is sealed there cannot be opened").On("path").Because(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "what is sealed there is damaged").On("path").Because(err)
	}
	return content, nil
}

// readIdentities reads a file of age-keygen, or an SSH private key.
func readIdentities(file string) ([]age.Identity, error) {
	if file == "" {
		return nil, record.Errorf(record.ErrUnauthorized, "the registry has no private key to open it with").
			Advise("Name a file with an age or SSH private key: registry = { identity_file = ... } in the provider block, or the environment variable INFRAOPS_REGISTRY_IDENTITY_FILE")
	}
	if strings.Contains(file, "PRIVATE KEY-----") || strings.Contains(strings.ToUpper(file), "AGE-SECRET-KEY-") {
		// What the operating system says of it would repeat it.
		return nil, record.Errorf(record.ErrUnauthorized, "identity_file has a private key in it").Advise("Give the path of a file, not the key itself")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the person who configures the provider names it
	if err != nil {
		return nil, record.Errorf(record.ErrUnauthorized, "the private key cannot be read").Because(err).
			Advise("Check identity_file: a relative path is relative to the directory in which the command runs")
	}
	if bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return sshIdentities(file, text)
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		// The cause may repeat a line of the file.
		return nil, record.Errorf(record.ErrUnauthorized, "%s holds no private key that age can read", file).
			Advise("Name a file that age-keygen has written, or an SSH private key")
	}
	return identities, nil
}

func sshIdentities(file string, text []byte) ([]age.Identity, error) {
	identity, err := agessh.ParseIdentity(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, record.Errorf(record.ErrUnauthorized, "the private key in %s is protected by a passphrase, which nobody is there to enter", file).
			Advise("Name a key without a passphrase, such as one made by age-keygen for this purpose")
	case err != nil:
		return nil, record.Errorf(record.ErrUnauthorized, "%s holds no SSH private key that age can read", file).Advise("Use a key of type ed25519 or rsa")
	}
	return []age.Identity{identity}, nil
}
