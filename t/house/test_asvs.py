"""docs/asvs.md: each requirement of OWASP ASVS 5.0.0, levels 1 and 2, stands there once, and what
it says holds it is there. Below, what is met because something is nowhere in the sources."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from harness.paths import ROOT

PAGE = ROOT / "docs" / "asvs.md"
VERDICTS = ["met", "not applicable", "excepted", "not met"]
# Number and level of each requirement: 5 is the standard's version.
REQUIREMENTS = """
1.1.1/2 1.1.2/2 1.2.1/1 1.2.2/1 1.2.3/1 1.2.4/1 1.2.5/1 1.2.6/2 1.2.7/2 1.2.8/2 1.2.9/2 1.3.1/1
1.3.2/1 1.3.3/2 1.3.4/2 1.3.5/2 1.3.6/2 1.3.7/2 1.3.8/2 1.3.9/2 1.3.10/2 1.3.11/2 1.4.1/2
1.4.2/2 1.4.3/2 1.5.1/1 1.5.2/2 2.1.1/1 2.1.2/2 2.1.3/2 2.2.1/1 2.2.2/1 2.2.3/2 2.3.1/1 2.3.2/2
2.3.3/2 2.3.4/2 2.4.1/2 3.2.1/1 3.2.2/1 3.3.1/1 3.3.2/2 3.3.3/2 3.3.4/2 3.4.1/1 3.4.2/1 3.4.3/2
3.4.4/2 3.4.5/2 3.4.6/2 3.5.1/1 3.5.2/1 3.5.3/1 3.5.4/2 3.5.5/2 3.7.1/2 3.7.2/2 4.1.1/1 4.1.2/2
4.1.3/2 4.2.1/2 4.3.1/2 4.3.2/2 4.4.1/1 4.4.2/2 4.4.3/2 4.4.4/2 5.1.1/2 5.2.1/1 5.2.2/1 5.2.3/2
5.3.1/1 5.3.2/1 5.4.1/2 5.4.2/2 5.4.3/2 6.1.1/1 6.1.2/2 6.1.3/2 6.2.1/1 6.2.2/1 6.2.3/1 6.2.4/1
6.2.5/1 6.2.6/1 6.2.7/1 6.2.8/1 6.2.9/2 6.2.10/2 6.2.11/2 6.2.12/2 6.3.1/1 6.3.2/1 6.3.3/2
6.3.4/2 6.4.1/1 6.4.2/1 6.4.3/2 6.4.4/2 6.5.1/2 6.5.2/2 6.5.3/2 6.5.4/2 6.5.5/2 6.6.1/2 6.6.2/2
6.6.3/2 6.8.1/2 6.8.2/2 6.8.3/2 6.8.4/2 7.1.1/2 7.1.2/2 7.1.3/2 7.2.1/1 7.2.2/1 7.2.3/1 7.2.4/1
7.3.1/2 7.3.2/2 7.4.1/1 7.4.2/1 7.4.3/2 7.4.4/2 7.4.5/2 7.5.1/2 7.5.2/2 7.6.1/2 7.6.2/2 8.1.1/1
8.1.2/2 8.2.1/1 8.2.2/1 8.2.3/2 8.3.1/1 8.4.1/2 9.1.1/1 9.1.2/1 9.1.3/1 9.2.1/1 9.2.2/2 9.2.3/2
9.2.4/2 10.1.1/2 10.1.2/2 10.2.1/2 10.2.2/2 10.3.1/2 10.3.2/2 10.3.3/2 10.3.4/2 10.4.1/1
10.4.2/1 10.4.3/1 10.4.4/1 10.4.5/1 10.4.6/2 10.4.7/2 10.4.8/2 10.4.9/2 10.4.10/2 10.4.11/2
10.5.1/2 10.5.2/2 10.5.3/2 10.5.4/2 10.5.5/2 10.6.1/2 10.6.2/2 10.7.1/2 10.7.2/2 10.7.3/2
11.1.1/2 11.1.2/2 11.2.1/2 11.2.2/2 11.2.3/2 11.3.1/1 11.3.2/1 11.3.3/2 11.4.1/1 11.4.2/2
11.4.3/2 11.4.4/2 11.5.1/2 11.6.1/2 12.1.1/1 12.1.2/2 12.1.3/2 12.2.1/1 12.2.2/1 12.3.1/2
12.3.2/2 12.3.3/2 12.3.4/2 13.1.1/2 13.2.1/2 13.2.2/2 13.2.3/2 13.2.4/2 13.2.5/2 13.3.1/2
13.3.2/2 13.4.1/1 13.4.2/2 13.4.3/2 13.4.4/2 13.4.5/2 14.1.1/2 14.1.2/2 14.2.1/1 14.2.2/2
14.2.3/2 14.2.4/2 14.3.1/1 14.3.2/2 14.3.3/2 15.1.1/1 15.1.2/2 15.1.3/2 15.2.1/1 15.2.2/2
15.2.3/2 15.3.1/1 15.3.2/2 15.3.3/2 15.3.4/2 15.3.5/2 15.3.6/2 15.3.7/2 16.1.1/2 16.2.1/2
16.2.2/2 16.2.3/2 16.2.4/2 16.2.5/2 16.3.1/2 16.3.2/2 16.3.3/2 16.3.4/2 16.4.1/2 16.4.2/2
16.4.3/2 16.5.1/2 16.5.2/2 16.5.3/2 17.1.1/2 17.2.1/2 17.2.2/2 17.2.3/2 17.2.4/2 17.3.1/2
17.3.2/2
"""
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| (.+) \|")
NAMED = re.compile(r"`(t/[\w./-]+)(?:::(\w+))?`")
LINKED = re.compile(r"\]\(([\w./-]+\.md)(?:#([\w-]+))?\)")
COMMENT = re.compile(r"(?:^|(?<=\s))//[^\n]*", re.M)
SOURCES = ["admind", "lib", "host", "module"]
CONSOLE = ROOT / "admind" / "console" / "src"


def rows() -> list[tuple[str, ...]]:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)]
    found = [ROW.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found) if not match]
    return [match.groups() for match in found]


def heading_names(page: Path) -> set[str]:
    """Of its headings, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def test_each_requirement_stands_there_once_with_its_level() -> None:
    wanted = [tuple(word.split("/")) for word in REQUIREMENTS.split()]
    assert len(wanted) == 253 and len(set(wanted)) == 253
    assert [(number, level) for number, level, *_ in rows()] == wanted


def test_each_verdict_says_by_what() -> None:
    for number, _, about, verdict, by in rows():
        assert verdict in VERDICTS and about.strip() and by.strip(), number
        assert verdict != "met" or NAMED.search(by) or LINKED.search(by), number


def test_the_counts_are_right() -> None:
    counts = Counter(verdict for *_, verdict, _ in rows())
    wanted = [(verdict, counts[verdict]) for verdict in VERDICTS] + [("all", counts.total())]
    lines = re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", PAGE.read_text(), re.M)
    assert [(verdict, int(count)) for verdict, count in lines] == wanted


def test_all_that_it_names_is_there() -> None:
    text = PAGE.read_text()
    named, linked = set(NAMED.findall(text)), set(LINKED.findall(text))
    assert len(named) > 100 and len(linked) > 10
    assert not {name for name, _ in named if not (ROOT / name).is_file()}
    assert not {f"{name}::{test}" for name, test in named
                if test and not re.search(rf"^def {test}\(", (ROOT / name).read_text(), re.M)}
    pages = {(page, heading): (PAGE.parent / page).resolve() for page, heading in linked}
    assert not [page for page, path in pages.items() if not path.is_file()]
    assert not [page for page, path in pages.items()
                if page[1] and page[1] not in heading_names(path)]


def sources() -> dict[str, str]:
    """The programs' own, without comments."""
    paths = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.[ch]pp")
             if "console" not in path.relative_to(ROOT).parts]
    assert len(paths) > 200
    return {str(path.relative_to(ROOT)): COMMENT.sub("", path.read_text()) for path in paths}


def page_sources() -> dict[str, str]:
    paths = [path for path in CONSOLE.rglob("*") if path.suffix in (".ts", ".vue")]
    assert len(paths) > 80
    return {str(path.relative_to(CONSOLE)): COMMENT.sub("", path.read_text()) for path in paths}


def found(pattern: str, texts: Iterable[str]) -> set[str]:
    return {match for text in texts for match in re.findall(pattern, text)}


def test_no_program_starts_another() -> None:
    assert not found(r"\b(?:system|popen|exec[lv]\w*|posix_spawn\w*|v?fork|dlopen)\s*\(",
                     sources().values())


def test_only_approved_primitives() -> None:
    texts = sources()
    ciphers = found(r"\bEVP_(?:aes|des|rc\d|bf|cast|chacha|sm4|camellia|aria|idea|seed)_?\w*",
                    texts.values())
    hashes = found(r"\b(?:EVP_(?:md\d|sha|ripemd|blake)|MD\d|SHA|RIPEMD)\w*(?=\()",
                   texts.values())
    assert ciphers == {"EVP_aes_256_gcm"}
    assert {name for name in hashes if "256" not in name} == {"SHA1"}
    # The name that Redis gives a script is no secret's and proves nothing.
    assert [name for name, text in texts.items() if "SHA1(" in text] == [
        "admind/check/trial_commit.cpp"]
    assert not found(r"\b(?:s?rand|random|drand48)\(|\bmt19937\w*|\brandom_device|\bRAND_\w+",
                     texts.values())
    assert [name for name, text in texts.items() if "getrandom(" in text] == ["host/random.cpp"]


def test_every_format_is_a_literal() -> None:
    """Of printf, and of nginx' own and its log."""
    text = "\n".join(sources().values())
    starts = [r"\bngx_(?:conf_)?log_(?:error|debug\d)\((?:[^,\"]+,){3}\s*",
              r"\bngx_sprintf\([^,\"]+,\s*", r"\bngx_(?:sn|sl)printf\((?:[^,\"]+,){2}\s*",
              r"\bsnprintf\((?:[^,\"]+,){2}\s*", r"\bprintf\(", r"\bfprintf\([^,\"]+,\s*"]
    calls = sum(len(re.findall(start, text)) for start in starts)
    assert calls > 40
    assert calls == sum(len(re.findall(start + '"', text)) for start in starts)


def test_scripts_of_redis_are_fixed() -> None:
    """What EVAL is given is a script as it was built in; all else is an argument."""
    given = found(r'\{"EVAL", ([^,]+),', sources().values())
    assert given and all(re.fullmatch(r'scripts::\w+|in_form\(forms\[form_\]|"[^"]*"', text)
                         for text in given), given
    code = "".join(path.read_text() for path in (ROOT / "lib" / "scripts").glob("*.lua"))
    assert "redis.call" in code and not re.search(r"\b(?:loadstring|load|dofile)\s*\(", code)


def test_the_page_makes_no_address_of_what_was_typed() -> None:
    texts = page_sources()
    bound = found(r'\s:(?:href|src)="([^"]*)"', texts.values())
    assert all(address.startswith("`#") for address in bound), bound
    links = found(r"\.href = (.*)", texts.values())
    assert links == {"URL.createObjectURL(blob)"}
    assert not found(r"window\.open\(|location\.(?:href|replace)\b|location = ", texts.values())
    going = {name for name, text in texts.items() if "location.assign(" in text}
    assert going == {"router.ts", "layout/MissingFiles.vue"}  # where the router itself would go


def test_the_page_fills_no_object_with_names_of_others() -> None:
    texts = page_sources().values()
    assert not found(r"__proto__|\bfor \((?:const|let) \w+ in |\bmerge\(|\bcloneDeep\(", texts)
    filled = found(r"Object\.assign\(\w+, ([^)\n]*)", texts)
    assert all(re.match(r"\{ \w|\w+\($", what) for what in filled), filled


def test_the_browser_keeps_a_few_words_only() -> None:
    texts = page_sources()
    kept = {name for name, text in texts.items()
            if re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", text)}
    assert kept == {"storage.ts"}
    users = {name for name, text in texts.items() if re.search(r"\bkeep\b.*/storage'", text)}
    assert users == {"session.ts", "i18n.ts", "preferences.ts", "router.ts"}


def test_passwords_are_masked_and_may_be_pasted() -> None:
    texts = page_sources()
    fields = [field for text in texts.values() for field in re.findall(r"<ElInput\b[^>]*", text)
              if re.search(r'autocomplete="(?:current|new)-password"|\n +:autocomplete\n', field)]
    assert len(fields) >= 6 and all('type="password"' in field for field in fields)
    assert not found(r"@paste|@copy|onpaste|autocomplete=\"off\"[^>]*new_password", texts.values())


@pytest.fixture(name="shipped")
def shipped_conf() -> str:
    text = "".join((ROOT / "conf" / name).read_text() for name in
                   ("nginx.conf", "mmx_http.conf", "mmx_server.conf", "mmx_proxy.conf",
                    "mmx_console.conf"))
    return re.sub(r"(?m)^\s*#.*\n", "", text)


def test_the_shipped_nginx_refuses_plain_http(shipped: str) -> None:
    plain, = re.findall(r"server \{\s*listen 80;(.*?)\n    \}", shipped, re.S)
    assert re.findall(r"^\s*(?:return|location|rewrite|proxy_pass)\b.*$", plain, re.M) == [
        "        return 403;"]
    assert not re.search(r"return 30\d", shipped)


def test_the_shipped_nginx_speaks_tls_1_2_and_1_3_only(shipped: str) -> None:
    assert re.findall(r"(\w*ssl_protocols) (.*);", shipped) == [
        ("ssl_protocols", "TLSv1.2 TLSv1.3"), ("proxy_ssl_protocols", "TLSv1.2 TLSv1.3")]


def test_the_shipped_nginx_shows_no_folder(shipped: str) -> None:
    assert not re.search(r"^\s*(?:root|alias|autoindex|index|try_files)\b", shipped, re.M)


def test_every_policy_bars_plugins_and_another_base() -> None:
    """default-src is object-src, too, where that is not named."""
    conf = [path.read_text() for path in sorted((ROOT / "conf").glob("*.conf"))]
    server = (ROOT / "admind" / "http" / "server.cpp").read_text().replace('"\n    "', "")
    policies = found(r"default-src [^\"]*", [*conf, server])
    assert len(policies) == 3
    assert all(policy.startswith("default-src 'none'; ") and "base-uri 'none'" in policy
               and "object-src" not in policy for policy in policies), policies


def test_the_shipped_nginx_shows_figures_to_its_machine_only(shipped: str) -> None:
    status, = [part for part in re.split(r"\n    server \{", shipped) if "mmx_status;" in part]
    assert re.findall(r"listen (.*);", status) == ["127.0.0.1:9145"]
