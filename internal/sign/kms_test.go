//go:build kms

package sign

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A fake is a key management service with one key, "release": what a process
// needs in its environment to use it, and the address of a key.
type fake struct {
	environ []string
	address func(key string) string
}

// TestKMS signs with a key of each service, which is asked by its real client.
// A process of its own signs, because the clients read their environment once.
func TestKMS(t *testing.T) {
	services := map[string]func(*testing.T) fake{
		"awskms": fakeAWS, "azurekms": fakeAzure, "gcpkms": fakeGCP, "hashivault": fakeVault,
	}
	for _, p := range kmsProviders {
		if services[p.scheme] == nil {
			t.Errorf("%s is not tried", p.scheme)
		}
	}
	for name, start := range services {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			out := signElsewhere(t, f, f.address("release"))
			if out.Error != "" {
				t.Fatal(out.Error)
			}
			for _, b := range out.Bundles {
				if err := VerifyKey(b.JSON, tarball, publicOf(t, "ecdsa-p256")); err != nil {
					t.Errorf("%s: %v", b.Name, err)
				}
				if err := VerifyKey(b.JSON, tarball, publicOf(t, "other")); err == nil {
					t.Errorf("%s verifies with another key", b.Name)
				}
			}
			if out = signElsewhere(t, f, f.address("absent")); out.Error == "" || out.Outage || out.Bundles != nil {
				t.Errorf("a key that is not there: %+v", out)
			}
			if !strings.Contains(out.Error, f.address("absent")) {
				t.Errorf("the error does not name the key: %s", out.Error)
			}
		})
	}
	t.Run("down", func(t *testing.T) {
		f := fakeVault(t)
		f.environ[0] = "VAULT_ADDR=" + closedAddress
		if out := signElsewhere(t, f, f.address("release")); !out.Outage {
			t.Errorf("a service that is down: %+v", out)
		}
	})
}

const childAddress = "PUBLISHGATE_TEST_KMS"

type childAnswer struct {
	Bundles []Bundle
	Error   string
	Outage  bool
}

// TestKMSChild is the process that signs.
func TestKMSChild(t *testing.T) {
	address, file := os.Getenv(childAddress), os.Getenv(childAddress+"_OUT")
	if address == "" {
		t.Skip("run by TestKMS")
	}
	if at := os.Getenv("GCP_AT"); at != "" {
		gcpOptions = []option.ClientOption{option.WithEndpoint(at), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}
	}
	signer, err := KMS(address, Config{})
	if err != nil {
		t.Fatal(err)
	}
	var answer childAnswer
	var outage *OutageError
	if answer.Bundles, err = signer(t.Context(), []Artifact{tarball, statement(Statement)}); err != nil {
		answer.Error, answer.Outage = err.Error(), errors.As(err, &outage)
	}
	data, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func signElsewhere(t *testing.T, f fake, address string) (answer childAnswer) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKMSChild$")
	child.Env = append([]string{"PATH=/nowhere", "HOME=" + t.TempDir(), childAddress + "=" + address,
		childAddress + "_OUT=" + out}, f.environ...)
	if text, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// signDigest signs with the key "release".
func signDigest(t *testing.T, digest []byte) []byte {
	signature, err := testKeys()["ecdsa-p256"].Sign(rand.Reader, digest, crypto.SHA256)
	if err != nil {
		t.Error(err)
	}
	return signature
}

func answerJSON(w http.ResponseWriter, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	_ = json.NewEncoder(w).Encode(v)
}

type fields = map[string]any

// fakeVault is the transit engine of a Vault (its HTTP API, secret/transit).
func fakeVault(t *testing.T) fake {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Input     string `json:"input"`
			Prehashed bool   `json:"prehashed"`
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		switch {
		case r.Header.Get("X-Vault-Token") != "a-token":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/v1/transit/keys/release":
			answerJSON(w, "application/json", fields{"data": fields{"type": "ecdsa-p256", "latest_version": 1,
				"keys": fields{"1": fields{"name": "P-256", "public_key": string(publicOf(t, "ecdsa-p256"))}}}})
		case strings.HasPrefix(r.URL.Path, "/v1/transit/sign/release") && in.Prehashed:
			digest, err := base64.StdEncoding.DecodeString(in.Input)
			if err != nil {
				t.Error(err)
			}
			answerJSON(w, "application/json", fields{"data": fields{
				"signature": "vault:v1:" + base64.StdEncoding.EncodeToString(signDigest(t, digest))}})
		default:
			answerJSON(w, "application/json", fields{"errors": []string{}})
		}
	}))
	t.Cleanup(server.Close)
	return fake{
		[]string{"VAULT_ADDR=" + server.URL, "VAULT_TOKEN=a-token"},
		func(key string) string { return "hashivault://" + key },
	}
}

// fakeAWS is AWS KMS (its API reference: DescribeKey, GetPublicKey, Sign).
func fakeAWS(t *testing.T) fake {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const kind = "application/x-amz-json-1.1"
		var in struct {
			KeyId, MessageType, SigningAlgorithm string
			Message                              []byte
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=an-id/") || in.KeyId != "alias/release" {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"NotFoundException","message":"no such key"}`)
			return
		}
		public, _ := pem.Decode(publicOf(t, "ecdsa-p256"))
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.DescribeKey":
			answerJSON(w, kind, fields{"KeyMetadata": fields{"KeyId": in.KeyId, "SigningAlgorithms": []string{"ECDSA_SHA_256"}}})
		case "TrentService.GetPublicKey":
			answerJSON(w, kind, fields{"KeyId": in.KeyId, "PublicKey": public.Bytes, "SigningAlgorithms": []string{"ECDSA_SHA_256"}})
		case "TrentService.Sign":
			if in.MessageType != "DIGEST" || in.SigningAlgorithm != "ECDSA_SHA_256" {
				t.Errorf("asked to sign %+v", in)
			}
			answerJSON(w, kind, fields{"KeyId": in.KeyId, "Signature": signDigest(t, in.Message), "SigningAlgorithm": in.SigningAlgorithm})
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return fake{
		[]string{"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=an-id", "AWS_SECRET_ACCESS_KEY=unused",
			"AWS_TLS_INSECURE_SKIP_VERIFY=1", "AWS_EC2_METADATA_DISABLED=true"},
		func(key string) string { return "awskms://" + server.Listener.Addr().String() + "/alias/" + key },
	}
}

// cloudKMS is Google's Cloud KMS (google.cloud.kms.v1).
type cloudKMS struct {
	kmspb.UnimplementedKeyManagementServiceServer
	t *testing.T
}

const gcpKey = "projects/p/locations/global/keyRings/r/cryptoKeys/"

func (g cloudKMS) version() *kmspb.CryptoKeyVersion {
	return &kmspb.CryptoKeyVersion{Name: gcpKey + "release/cryptoKeyVersions/1",
		State: kmspb.CryptoKeyVersion_ENABLED, Algorithm: kmspb.CryptoKeyVersion_EC_SIGN_P256_SHA256}
}

func (g cloudKMS) GetCryptoKey(_ context.Context, in *kmspb.GetCryptoKeyRequest) (*kmspb.CryptoKey, error) {
	if in.Name != gcpKey+"release" {
		return nil, status.Error(codes.NotFound, "no such key")
	}
	return &kmspb.CryptoKey{Name: in.Name, Purpose: kmspb.CryptoKey_ASYMMETRIC_SIGN}, nil
}

func (g cloudKMS) ListCryptoKeyVersions(context.Context,
	*kmspb.ListCryptoKeyVersionsRequest) (*kmspb.ListCryptoKeyVersionsResponse, error) {
	return &kmspb.ListCryptoKeyVersionsResponse{CryptoKeyVersions: []*kmspb.CryptoKeyVersion{g.version()}}, nil
}

func (g cloudKMS) GetPublicKey(context.Context, *kmspb.GetPublicKeyRequest) (*kmspb.PublicKey, error) {
	return &kmspb.PublicKey{Pem: string(publicOf(g.t, "ecdsa-p256")), Algorithm: g.version().Algorithm}, nil
}

func (g cloudKMS) AsymmetricSign(_ context.Context, in *kmspb.AsymmetricSignRequest) (*kmspb.AsymmetricSignResponse, error) {
	signature := signDigest(g.t, in.GetDigest().GetSha256())
	sum := crc32.Checksum(signature, crc32.MakeTable(crc32.Castagnoli))
	return &kmspb.AsymmetricSignResponse{Name: in.Name, Signature: signature, VerifiedDigestCrc32C: true,
		SignatureCrc32C: wrapperspb.Int64(int64(sum))}, nil
}

func fakeGCP(t *testing.T) fake {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	kmspb.RegisterKeyManagementServiceServer(server, cloudKMS{t: t})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return fake{
		[]string{"GCP_AT=" + listener.Addr().String(), "GOOGLE_CLOUD_PROJECT=p"},
		func(key string) string { return "gcpkms://" + gcpKey + key },
	}
}

// TestKMSRefusesEd25519: a service's key that signs no digest is not served.
func TestKMSRefusesEd25519(t *testing.T) {
	r := &remote{ctx: t.Context(), public: testKeys()["ed25519"].Public()}
	if _, err := r.Sign(nil, []byte("message"), crypto.Hash(0)); err == nil || !strings.Contains(err.Error(), "P-256") {
		t.Errorf("error is %v", err)
	}
}
