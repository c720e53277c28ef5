# The image of the action and of the CI container. Build it: docker build -t publishgate .
# Run it on a laptop: docker run --rm -v "$PWD:/w" -w /w publishgate -offline
#
# The builder is pinned by digest here, the result by digest in action.yml of a
# release. Go compiles for the other processor itself, so nothing is emulated, and
# the binary is that of the release page: one script makes both.
# Keys in key management services: docker build --build-arg TAGS=kms -t publishgate .
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26.9-bookworm@sha256:d9c68c2c51161e12fd77e4c6320687c9cd86e1af1e3ad6e6cd63ff970641453c AS build
# Another folder must give the same image; the release builds in two.
ARG AT=/src
WORKDIR ${AT}
ENV GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY main.go LICENSE NOTICE ./
COPY .ci/binaries .ci/
COPY .ci/tools/licences/main.go .ci/tools/licences/
COPY internal ./internal
ARG VERSION=devel
ARG REVISION=
ARG TAGS=
ARG TARGETOS
ARG TARGETARCH
RUN REVISION="${REVISION}" TAGS="${TAGS}" .ci/binaries /out "${VERSION}" "${TARGETOS}/${TARGETARCH}" \
 && install -Dm644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
 && install -Dm644 /usr/share/doc/ca-certificates/copyright /image/licenses/ca-certificates \
 && install -m644 /out/LICENSE /out/NOTICE /out/THIRD_PARTY.txt /image/licenses/ \
 && install -m755 /out/publishgate_* /image/publishgate

FROM scratch
ARG VERSION=devel
ARG REVISION=
LABEL org.opencontainers.image.title="publishgate" \
      org.opencontainers.image.description="Judges an npm package before it is published, and publishes exactly the bytes that passed" \
      org.opencontainers.image.source="https://github.com/publishgate/publishgate" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/ /
# Root, on purpose: the runner mounts the workspace and its command files
# (GITHUB_OUTPUT, GITHUB_STEP_SUMMARY) as the runner's user, whose number is not
# known here and differs between runners; any other user could neither write the
# evidence nor set an output. Nothing in the image needs a privilege: it runs with
# --read-only --cap-drop all.
USER 0:0
ENTRYPOINT ["/publishgate"]
