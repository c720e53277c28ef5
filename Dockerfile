# The image of the action and of the CI container. Build it: docker build -t publishgate .
# Run it on a laptop: docker run --rm -v "$PWD:/w" -w /w publishgate -offline
#
# Both stages take what a release pins: the builder by digest in the release
# workflow (--build-arg GO=golang@sha256:…), the result by digest in action.yml.
# Keys in key management services: docker build --build-arg TAGS=kms -t publishgate .
ARG GO=docker.io/library/golang:1.26-bookworm
FROM ${GO} AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-trimpath
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY internal ./internal
ARG VERSION=devel
ARG TAGS=
RUN go build -tags "${TAGS}" -ldflags "-s -w -buildid= -X github.com/publishgate/publishgate/internal/cli.version=${VERSION}" -o /publishgate .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /publishgate /publishgate
# Root, on purpose: the runner mounts the workspace and its command files
# (GITHUB_OUTPUT, GITHUB_STEP_SUMMARY) as the runner's user, whose number is not
# known here and differs between runners; any other user could neither write the
# evidence nor set an output. Nothing in the image needs a privilege: it runs with
# --read-only --cap-drop all.
USER 0:0
ENTRYPOINT ["/publishgate"]
