"""Builds the wheel: the Python package and the engine, compiled from the Go sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
LARGEST_MIB = 115  # unpacked; the wheel, at most 40 MB, is a third of it


class GoExtension(build_ext):
    """Builds cgo/cshared as headrace/_native.abi3.so and checks what it exports."""

    def build_extension(self, ext: Extension) -> None:
        go = os.environ.get("GO", shutil.which("go"))
        if go is None:
            raise SystemExit("building headrace needs Go (https://go.dev/dl) on PATH")
        out = Path(self.get_ext_fullpath(ext.name)).resolve()
        out.parent.mkdir(parents=True, exist_ok=True)
        version = self.distribution.get_version()
        exports = ROOT / "cgo/cshared/exports.map"
        flags = (
            f"-s -w -X github.com/headrace/headrace/cmd/headrace/cli.Version={version} "
            f"-extldflags '-Wl,--version-script={exports} -Wl,--gc-sections'"
        )
        subprocess.run(
            [
                *(go, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false"),
                *("-ldflags", flags, "-o", str(out), "./cgo/cshared"),
            ],
            cwd=ROOT,
            env={**os.environ, "CGO_ENABLED": "1", "CGO_CFLAGS": "-O2"},
            check=True,
        )
        out.with_suffix(".h").unlink(missing_ok=True)
        check_exports(out)
        size_mib = out.stat().st_size / 2**20
        if size_mib > LARGEST_MIB:
            raise SystemExit(f"{out.name} has {size_mib:.0f} MiB, more than {LARGEST_MIB}")


def check_exports(library: Path) -> None:
    """Refuses a library that exports anything but what headrace.h lists."""
    header = (ROOT / "cgo/include/headrace.h").read_text()
    allowed = set(re.findall(r"^HR_EXPORT\b[^(]*?(\w+)\(", header, re.MULTILINE))
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True, check=True
    ).stdout
    found = {line.split()[-1] for line in listing.splitlines()}
    if found != allowed:
        raise SystemExit(
            f"{library.name} exports {sorted(found)}, but headrace.h allows {sorted(allowed)}"
        )


setup(
    ext_modules=[Extension("headrace._native", sources=[], py_limited_api=True)],
    cmdclass={"build_ext": GoExtension},
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
