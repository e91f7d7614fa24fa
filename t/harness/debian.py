"""Debian's archive by an apt of its own: the machine's packages and sources stay as they are."""

import re
import subprocess
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEXT_RELEASE = "trixie"  # after bookworm, Debian 12
FETCH_SECONDS_MAX = 600


def this_release() -> str:
    """The code name of the Debian this runs on."""
    fields = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines()
                  if "=" in line)
    return fields["VERSION_CODENAME"].strip('"')


class Archive:
    """One release's packages and sources, of the section main, as the nearest mirror has them."""

    def __init__(self, folder: Path, release: str):
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial", "files"):
            (folder / part).mkdir(parents=True)
        self._options = [word for setting in (
            f"Dir::Etc::SourceList={folder}/sources.list", "Dir::Etc::SourceParts=/dev/null",
            f"Dir::State::Lists={folder}/lists", f"Dir::Cache={folder}/cache",
            "Dir::State::Status=/dev/null",  # what is installed here counts for nothing
            "APT::Sandbox::User=root", "Acquire::Languages=none", "Acquire::Retries=3",
        ) for word in ("-o", setting)]
        place = f"[signed-by={KEYRING}] {mirror()} {release} main\n"
        (folder / "sources.list").write_text(f"deb {place}deb-src {place}")
        self._apt("update")

    def unpacked(self, *packages: str) -> Path:
        """A folder with what these packages would install below /."""
        self._apt("download", *packages)
        root = self.folder / "root"
        for package in packages:
            file, = self.files(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", file, root], check=True)
        return root

    def known(self, *packages: str) -> set[str]:
        """Those of them that the release has."""
        done = subprocess.run(
            ["apt-cache", *self._options, "show", "--no-all-versions", *packages], text=True,
            capture_output=True, timeout=120, check=False)
        return set(re.findall(r"^Package: (\S+)$", done.stdout, re.M))

    def upstream_source(self, package: str) -> Path:
        """The tar file of its upstream, without Debian's changes."""
        self._apt("source", "--download-only", "--tar-only", package)
        file, = self.files(f"{package}_*.orig.tar.*")
        return file

    def files(self, pattern: str) -> list[Path]:
        """Of those that were fetched; beside a source may lie its signature."""
        return [path for path in (self.folder / "files").glob(pattern) if path.suffix != ".asc"]

    def _apt(self, *arguments: str) -> None:
        done = subprocess.run(["apt-get", "-q", *self._options, *arguments], text=True,
                              cwd=self.folder / "files", stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=FETCH_SECONDS_MAX, check=False)
        assert done.returncode == 0, done.stdout


def mirror() -> str:
    """Where this machine has Debian from."""
    places = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Label: Debian", "Origin: Debian",
         "Created-By: Packages"], text=True, capture_output=True, timeout=60, check=True).stdout
    return next(iter(places.split()), "http://deb.debian.org/debian/")
