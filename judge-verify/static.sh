#!/bin/sh
# A static build of judge-verify that anybody can make again: built twice, in two folders, and compared byte
# for byte. Prints its SHA-256, and leaves it in target/static/.
#
#     judge-verify/static.sh
#
# It needs a Rust toolchain, and either the target x86_64-unknown-linux-musl ('rustup target add') or a C library
# for static linking (Debian: libc6-dev). Another version of the toolchain makes other bytes: it is printed beside
# the hash.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)

musl=x86_64-unknown-linux-musl
gnu=x86_64-unknown-linux-gnu
sysroot=$(rustc --print sysroot)
if [ "$(uname -m)" != x86_64 ]; then
    echo "skipped: the static build is for x86-64"
    exit 0
elif [ -d "$sysroot/lib/rustlib/$musl" ]; then
    target=$musl
elif [ -d "$sysroot/lib/rustlib/$gnu" ] && echo 'int main(void){return 0;}' | cc -static -x c -o /dev/null - 2>/dev/null; then
    target=$gnu
    echo "the target $musl is not installed: built for $gnu, with the machine's C library linked statically"
else
    echo "skipped: neither the target $musl nor a static C library is here"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
home=${CARGO_HOME:-$HOME/.cargo}

# Paths are taken out by a wrapper: cargo names what it builds by its flags, and these must not have a path in them.
cat > "$work/rustc" <<'EOF'
#!/bin/sh
exec "$@" --remap-path-prefix="$FOLDER=/duces" --remap-path-prefix="$HOME_OF_CARGO=/cargo" \
    --remap-path-prefix="$SYSROOT=/rust"
EOF
chmod +x "$work/rustc"

# Builds a copy of the tracked files in a folder of this name.
build() {
    mkdir "$work/$1"
    git ls-files -z | xargs -0 cp --parents -t "$work/$1"
    flags="-C target-feature=+crt-static -C link-arg=-Wl,--build-id=none -C strip=symbols"
    (
        cd "$work/$1"
        export FOLDER="$work/$1" HOME_OF_CARGO="$home" SYSROOT="$sysroot" RUSTC_WRAPPER="$work/rustc"
        CARGO_TARGET_DIR="$work/$1/target" CARGO_INCREMENTAL=0 SOURCE_DATE_EPOCH=0 RUSTFLAGS="$flags" \
            cargo build --quiet --release --locked --target "$target" -p duces-judge-verify
    )
    cp "$work/$1/target/$target/release/judge-verify" "$work/judge-verify-$1"
    # The second copy needs the room.
    rm -r "${work:?}/$1"
}

build first
build another-folder-of-a-longer-name

if ! cmp "$work/judge-verify-first" "$work/judge-verify-another-folder-of-a-longer-name"; then
    echo "the two builds differ" >&2
    exit 1
fi
if LC_ALL=C grep -aq -e "$work" -e "$home/registry" "$work/judge-verify-first"; then
    echo "the program holds a path of this machine" >&2
    exit 1
fi
if ldd "$work/judge-verify-first" >/dev/null 2>&1; then
    echo "the program needs shared libraries" >&2
    exit 1
fi
mkdir -p "$root/target/static"
cp "$work/judge-verify-first" "$root/target/static/judge-verify"
rustc --version
echo "target $target, two builds, the same $(wc -c < "$root/target/static/judge-verify") bytes"
(cd "$root/target/static" && sha256sum judge-verify)
