"""conf/sbom.cmake: the list of what is delivered is SPDX 2.3, and names all that is in it."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from harness.paths import ADMIND, BUILD, MODULE, ROOT
from jsonschema import Draft202012Validator

CONSOLE = ROOT / "admind" / "console"
ID = {"type": "string", "pattern": r"^SPDXRef-[A-Za-z0-9.-]+$"}
TEXT = {"type": "string", "minLength": 1}
# What the specification calls mandatory, and the values that it leaves no choice in.
SHAPE = {
    "type": "object", "additionalProperties": False,
    "required": ["spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace",
                 "creationInfo", "packages", "relationships"],
    "properties": {
        "spdxVersion": {"const": "SPDX-2.3"}, "dataLicense": {"const": "CC0-1.0"},
        "SPDXID": {"const": "SPDXRef-DOCUMENT"}, "name": TEXT,
        "documentNamespace": {"type": "string", "pattern": "^https://[^#\\s]+$"},
        "creationInfo": {
            "type": "object", "required": ["created", "creators"],
            "properties": {
                "created": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                "creators": {"type": "array", "minItems": 1,
                             "items": {"pattern": "^(Tool|Person|Organization): "}}}},
        "packages": {"type": "array", "minItems": 1, "items": {
            "type": "object", "additionalProperties": False,
            "required": ["SPDXID", "name", "versionInfo", "downloadLocation", "filesAnalyzed",
                         "licenseConcluded", "licenseDeclared", "copyrightText"],
            "properties": {
                "SPDXID": ID, "name": TEXT, "versionInfo": TEXT, "downloadLocation": TEXT,
                "filesAnalyzed": {"const": False}, "licenseConcluded": TEXT,
                "licenseDeclared": TEXT, "copyrightText": TEXT,
                "checksums": {"items": {"properties": {
                    "algorithm": {"const": "SHA256"},
                    "checksumValue": {"pattern": "^[0-9a-f]{64}$"}}}},
                "externalRefs": {"items": {"properties": {
                    "referenceCategory": {"const": "PACKAGE-MANAGER"},
                    "referenceType": {"const": "purl"},
                    "referenceLocator": {"pattern": r"^pkg:(deb|npm)/[^\s]+@[^\s]+$"}}}}}}},
        "relationships": {"type": "array", "minItems": 1, "items": {
            "type": "object", "additionalProperties": False,
            "required": ["spdxElementId", "relationshipType", "relatedSpdxElement"],
            "properties": {
                "spdxElementId": ID, "relatedSpdxElement": ID,
                "relationshipType": {"enum": [
                    "DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK", "DEPENDS_ON"]}}}}}}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("sbom") / "mmx-gate.spdx.json"
    subprocess.run(["cmake", f"-DBUILD={BUILD}", f"-DOUT={out}", "-P", ROOT / "conf/sbom.cmake"],
                   check=True, timeout=170)
    return json.loads(out.read_text())


def names_of(document: dict, program: str, *types: str) -> set[str]:
    names = {package["SPDXID"]: package["name"] for package in document["packages"]}
    return {names[one["relatedSpdxElement"]] for one in document["relationships"]
            if names.get(one["spdxElementId"]) == program and one["relationshipType"] in types}


def test_it_is_spdx(document: dict) -> None:
    assert not [f"{'/'.join(map(str, error.path))}: {error.message}"
                for error in Draft202012Validator(SHAPE).iter_errors(document)]
    ids = [package["SPDXID"] for package in document["packages"]]
    assert len(ids) == len(set(ids))
    ends = {one[end] for one in document["relationships"]
            for end in ("spdxElementId", "relatedSpdxElement")}
    assert ends == {"SPDXRef-DOCUMENT", *ids}, "something hangs in the air"
    assert "licenses" not in document


@pytest.mark.parametrize("program", [ADMIND, MODULE], ids=lambda path: path.name)
def test_every_linked_library_is_in_it(program: Path, document: dict) -> None:
    dynamic = subprocess.run(["readelf", "-d", program], text=True, capture_output=True,
                             check=True, timeout=60).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
    loaded = subprocess.run(["ldd", program], text=True, capture_output=True, check=True,
                            timeout=60).stdout
    owners = set()
    for name in needed:
        place, = re.findall(rf"(?:=> |^\s*)(/\S*{re.escape(name)}) ", loaded, re.M)
        told = subprocess.run(["dpkg-query", "-S", place, Path(place).resolve()], text=True,
                              capture_output=True, check=False, timeout=60).stdout
        owners.add(told.split(":")[0])
    assert len(needed) > 4 and "" not in owners
    assert owners == names_of(document, program.name, "DYNAMIC_LINK")


def test_headers_are_in_it(document: dict) -> None:
    assert names_of(document, ADMIND.name, "STATIC_LINK") == {"nlohmann-json3-dev", "libcli11-dev"}


def closure(lock: dict) -> dict[str, str]:
    """Every package that the console's own dependencies need, with its version."""
    found: dict[str, str] = {}
    waiting = [("", name) for name in lock[""]["dependencies"]]
    while waiting:
        at, name = waiting.pop()
        while f"{at}/node_modules/{name}".lstrip("/") not in lock:
            assert at, name
            at = at.rpartition("/node_modules/")[0]
        place = f"{at}/node_modules/{name}".lstrip("/")
        if place not in found:
            found[place] = lock[place]["version"]
            waiting += [(place, more) for more in lock[place].get("dependencies", {})]
    return found


def test_every_npm_package_of_the_console_is_in_it(document: dict) -> None:
    lock = json.loads((CONSOLE / "package-lock.json").read_text())["packages"]
    needed = {(place.rpartition("node_modules/")[2], version)
              for place, version in closure(lock).items()}
    listed = {(package["name"], package["versionInfo"]) for package in document["packages"]}
    assert {"vue", "element-plus", "echarts"} <= {name for name, _ in needed}
    assert not needed - listed
    assert "eslint" not in {name for name, _ in listed}


def test_the_build_writes_it() -> None:
    assert json.loads((BUILD / "mmx-gate.spdx.json").read_text())["spdxVersion"] == "SPDX-2.3"
