"""nginx as nginx.org packages it, made of the source of the installed one: no debug build.

And the module for it, by build_module.sh --nginx-src. Both are kept in a folder of their version.
"""

import fcntl
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .compiling import JOBS
from .debian import Archive, this_release
from .paths import MODULE, NGINX, ROOT

BUILD_SECONDS_MAX = 2400
# What `nginx -V` says there, but for folders and what the compiler and the linker are told.
FLAGS = ("--with-compat", "--with-file-aio", "--with-threads", "--with-mail",
         "--with-mail_ssl_module", "--with-stream", "--with-stream_realip_module",
         "--with-stream_ssl_module", "--with-stream_ssl_preread_module", *(
             f"--with-http_{name}_module" for name in (
                 "addition", "auth_request", "dav", "flv", "gunzip", "gzip_static", "mp4",
                 "random_index", "realip", "secure_link", "slice", "ssl", "stub_status", "sub",
                 "v2")))

# What nginx.org's packages have their compiler and linker told; of the latter, what programs need.
PACKAGERS_FLAGS = (
    "--with-cc-opt=-g -O2 -fstack-protector-strong -Wformat -Wp,-D_FORTIFY_SOURCE=2 -fPIC",
    "--with-ld-opt=-Wl,-z,relro -Wl,-z,now -Wl,--as-needed -pie")


def version(nginx: str | Path) -> str:
    said = subprocess.run([nginx, "-v"], text=True, capture_output=True, timeout=20, check=True)
    return said.stderr.split("nginx/")[1].split()[0]


class PlainNginx:
    """Made at the first use. It stands in a folder of its own, as one does that PATH names."""

    def __init__(self) -> None:
        self.version = version(NGINX)
        self.folder = ROOT / "build" / f"plain-nginx-{self.version}"
        self.source = self.folder / "source"
        self.binary = self.folder / "sbin" / "nginx"
        self.build = self.folder / "module"
        self.module = self.build / MODULE.name
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self.binary.exists():
                with tempfile.TemporaryDirectory() as scratch:
                    self._make_nginx(Path(scratch))

    def make_module(self, first_in_path: Path) -> str:
        """As an operator does who has the tree, and whose nginx is there. What the script said."""
        with self._alone():
            return self._run("build_module", [
                ROOT / "build_module.sh", "--nginx-src", self.source, "--build", self.build,
                "--module-only", "--werror"], {"PATH": f"{first_in_path}:{os.environ['PATH']}"})

    def add_dynamic_module(self) -> Path:
        """As a packager does: by nginx' own configure, in a folder outside its source."""
        objs = self.folder / "packaged"
        with self._alone(), tempfile.TemporaryDirectory() as scratch:
            tree = Path(scratch) / "tree"
            shutil.copytree(self.source, tree)
            self._run("add_module", [
                "./configure", f"--prefix={self.folder}", *FLAGS, f"--builddir={objs}",
                f"--add-dynamic-module={ROOT}", *PACKAGERS_FLAGS], cwd=tree)
            self._run("make_module", ["make", "-f", objs / "Makefile", "modules"], cwd=tree)
            self._run("install_module", ["make", "-f", objs / "Makefile", f"DESTDIR={objs}/root",
                                         f"install_{MODULE.stem}"], cwd=tree)
        return Path(f"{objs}/root{self.folder}/modules/{MODULE.name}")

    def _make_nginx(self, scratch: Path) -> None:
        shutil.rmtree(self.source, ignore_errors=True)
        with tarfile.open(Archive(scratch, this_release()).upstream_source("nginx")) as source:
            source.extractall(scratch)
        shutil.move(scratch / f"nginx-{self.version}", self.source)
        tree = scratch / "tree"  # what --nginx-src is given is as it was unpacked
        shutil.copytree(self.source, tree)
        self._run("configure", ["./configure", f"--prefix={self.folder}", *FLAGS], cwd=tree)
        self._run("make", ["make", "-j", str(JOBS)], cwd=tree)
        self.binary.parent.mkdir(exist_ok=True)
        shutil.copy2(tree / "objs" / "nginx", self.binary)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Several processes may run the tests."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None,
             cwd: Path = ROOT) -> str:
        log = self.folder / f"{name}.log"
        with log.open("w") as sink:
            done = subprocess.run(command, cwd=cwd, env=os.environ | (env or {}), stdout=sink,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  timeout=BUILD_SECONDS_MAX, check=False)
        said = log.read_text(errors="replace")
        assert done.returncode == 0, f"{log}:\n{said[-4000:]}"
        return said
