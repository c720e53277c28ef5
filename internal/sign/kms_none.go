//go:build !kms

package sign

// kmsProviders is empty: the services' libraries would add 12 MB to the
// binary. Built with the tag kms, it has them.
var kmsProviders []kmsProvider
