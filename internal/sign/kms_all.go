//go:build kms

package sign

// kmsProviders are the services that a binary built with the tag kms reaches,
// through sigstore's own providers.
var kmsProviders = []kmsProvider{
	{"awskms", openAWS},
	{"azurekms", openAzure},
	{"gcpkms", openGCP},
	{"hashivault", openVault},
}
