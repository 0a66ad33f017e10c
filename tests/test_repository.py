"""What the files of the repository say: no machine's paths, no registries, one version, no dead links."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

import misground

ROOT = Path(__file__).resolve().parents[1]

# Written so that neither pattern finds itself here.
HOME_PATH = re.compile(r"(?<![\w.~])/(?:work|home|root|Users)/")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|anaconda\.(?:org|com)|npmjs\.org|(?:extra-)?index[-]url|find[-]links"
)

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"\]\(\s*([^)\s]+)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)


@cache
def files() -> tuple[Path, ...]:
    """The files of the repository: those git tracks, or everything in a copy that came without git."""
    if not (ROOT / ".git").exists():
        ours = (
            path for top in (".ci", "benchmarks", "docs", "src", "tests") for path in (ROOT / top).rglob("*")
        )
        return tuple(path for path in (*ROOT.iterdir(), *ours) if path.is_file() and path.suffix != ".pyc")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def found(pattern: re.Pattern[str]) -> list[str]:
    """`file:line: text` of each line that the pattern finds."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in files()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]


def anchors(page: Path) -> set[str]:
    """The anchors that a hub gives a page's headings: lower case, hyphens for blanks, no punctuation."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    """The links of a page to files and headings that are not there; addresses elsewhere are not followed."""
    text = COMMENT.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    dead = []
    for match in LINK.finditer(text):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("top", ["work", "home", "root", "Users"])
def test_the_search_for_paths_finds_each_kind(top: str) -> None:
    assert HOME_PATH.search(f"data in /{top}/someone/scans")
    assert not HOME_PATH.search(f"https://example.com/{top}/scans, ~/{top}/scans, frame{top}/scans")


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert found(HOME_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")
    # PyTorch's own builds are nowhere else: `make setup TORCH=cpu`, Dockerfile.
    lines = [line for line in found(REGISTRY) if "https://download.pytorch.org/whl/" not in line]
    assert lines == []


def commands(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What make would run, were nothing installed yet."""
    return subprocess.run(
        ["make", "--dry-run", "--always-make", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_cpu_build_of_torch_is_installed_first_and_on_request_alone() -> None:
    plain, cpu = commands("setup"), commands("setup", "TORCH=cpu")
    assert (plain.returncode, cpu.returncode) == (0, 0)
    more = [line for line in cpu.stdout.splitlines() if line not in plain.stdout.splitlines()]
    assert len(more) == 1
    assert " -c constraints.txt --no-deps " in more[0]
    assert more[0].endswith("https://download.pytorch.org/whl/cpu torch")
    assert cpu.stdout.index(more[0]) < cpu.stdout.index('-e ".[dev]"')


def test_make_setup_installs_every_pinned_file_by_its_hash() -> None:
    lines = [line for line in commands("setup").stdout.splitlines() if " pip install " in line]
    plain = [line for line in lines if "--require-hashes" not in line]
    assert len(lines) == 4
    assert len(plain) == 1
    assert plain[0].endswith('-c constraints.txt --no-build-isolation -e ".[dev]"')


def test_the_locked_versions_are_the_pinned_ones() -> None:
    pins = {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version in re.findall(
            r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    locked: dict[str, str] = {}
    for path in (ROOT / "locks").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^([\w.-]+)==(\S+) \\$", text, re.MULTILINE)
        assert len(found) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
        locked |= dict(found)
    assert {name: version for name, version in locked.items() if pins.get(name) != version} == {}
    assert set(pins) - set(locked) == {"torch"}


def test_another_build_of_torch_is_refused_in_one_line() -> None:
    refused = commands("setup", "TORCH=rocm")
    assert refused.returncode == 2
    assert "TORCH=rocm is unknown: expected TORCH=cpu" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_the_changelog_and_the_citation_name_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = re.escape(misground.__version__)
    # A released version has a heading; the next one is named below "Unreleased".
    assert re.search(rf"^(## \[{version}\] - \d|Version {version}\.$)", changelog, re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == misground.__version__


def test_what_is_listed_as_slow_is_there(request: pytest.FixtureRequest) -> None:
    conftest = next(
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(ROOT / "tests" / "conftest.py")
    )
    assert "second" in conftest.SLOW
    assert [name for name in conftest.SLOW if not (ROOT / "tests" / name).exists()] == []


def test_the_search_for_dead_links_finds_them(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# What is in it?\n")
    page = tmp_path / "page.md"
    page.write_text(
        '# Page\n[a](other.md) [b](other.md#what-is-in-it) [c](#page) <img src="gone.png">\n'
        "[d](gone.md) [e](other.md#gone) [f](https://example.com/gone)\n```\n[g](gone.md)\n```\n"
    )
    assert dead_links(page) == ["gone.png", "gone.md", "other.md#gone"]


def test_every_link_of_the_docs_leads_somewhere() -> None:
    pages = [path for path in files() if path.suffix == ".md"]
    assert ROOT / "README.md" in pages
    dead = {str(page.relative_to(ROOT)): links for page in pages if (links := dead_links(page))}
    assert dead == {}
