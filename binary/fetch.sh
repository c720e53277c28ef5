# The binary of the gate, for runners on which no container runs. In the commit of
# a release SHA256SUMS beside this file is that of the release: the binary of this
# runner's platform is downloaded from there and compared with its digest. In any
# other commit there is none, and the binary is built from that commit, with Go.
set -euo pipefail

stop() {
  echo "publishgate: error: $1" >&2
  echo "  hint: $2" >&2
  exit 3
}

case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
  Linux-X64) system=linux_amd64 ;;
  Linux-ARM64) system=linux_arm64 ;;
  macOS-X64) system=darwin_amd64 ;;
  macOS-ARM64) system=darwin_arm64 ;;
  Windows-X64) system=windows_amd64.exe ;;
  Windows-ARM64) system=windows_arm64.exe ;;
  *) stop "there is no binary for a runner of ${RUNNER_OS:-unknown} on ${RUNNER_ARCH:-unknown}" \
    "use a runner of Linux, macOS or Windows on X64 or ARM64" ;;
esac
here=$(cd "$GITHUB_ACTION_PATH" && pwd)
folder=$RUNNER_TEMP/publishgate
mkdir -p "$folder"
binary=$folder/publishgate
case $system in *.exe) binary+=.exe ;; esac

if [ ! -e "$here/SHA256SUMS" ]; then
  command -v go >/dev/null || stop "this commit is that of no release, and there is no Go to build it with" \
    "name the commit of a release, or set Go up in a step before this one"
  (cd "$here/.." && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -buildid=' -o "$binary" .)
else
  line=$(grep -E "^[0-9a-f]{64} [ *]publishgate_v[0-9][0-9A-Za-z.-]*_$system\$" "$here/SHA256SUMS") ||
    stop "binary/SHA256SUMS of this commit names no binary for $system" "name the commit of another release"
  digest=${line%% *} name=${line##*[ *]}
  version=${name#publishgate_} && version=${version%"_$system"}
  digest_of() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | sed 's/^\\//; s/ .*//'; }
  if [ ! -e "$binary" ] || [ "$(digest_of "$binary")" != "$digest" ]; then
    from=${PUBLISHGATE_RELEASES:-https://github.com/publishgate/publishgate/releases/download}/$version/$name
    rm -f "$binary"
    curl -fsSL --proto '=https' --retry 3 --max-time 300 -o "$binary.part" "$from" ||
      stop "$from cannot be downloaded" "let the runner reach github.com, or run the job again"
    got=$(digest_of "$binary.part")
    if [ "$got" != "$digest" ]; then
      rm -f "$binary.part"
      stop "$from has the SHA-256 $got, and this commit says $digest: it was not run" "tell the maintainers (SECURITY.md); until then name another release"
    fi
    chmod +x "$binary.part"
    mv "$binary.part" "$binary"
  fi
fi
echo "path=$binary" >>"$GITHUB_OUTPUT"
"$binary" version
