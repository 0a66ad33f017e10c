"""Markdown links to files of the repository, for pages that are read in the repository and on the site.

In the repository a link names a file, such as `../README.md`. On the site a page with another name includes
that file. Links are rewritten when the text is read, so that both places work. A link to any other file
outside docs/ becomes a download.
"""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]

# File of the repository -> the page that includes it.
PAGES = {
    "README.md": "front-page.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "benchmarks/RESULTS.md": "results.md",
}

CODE_OR_LINK = re.compile(r"^```.*?^```|`[^`\n]*`|(?<=\]\()([^)\s]+)", re.MULTILINE | re.DOTALL)


def site_links(text: str, written_in: Path, page: Path) -> str:
    """Rewrite the links of a Markdown text so that they lead somewhere on the site.

    Args:
        text: Markdown.
        written_in: the file that holds the text; its links are relative to its folder.
        page: the page of docs/ that shows the text.
    """

    def rewritten(match: re.Match[str]) -> str:
        link = match[1]
        if link is None or link.startswith("#") or re.match(r"[a-z]+:", link):
            return match[0]
        name, hash_sign, anchor = link.partition("#")
        target = Path(os.path.normpath(written_in.parent / name))
        here = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
        if here in PAGES:
            target = ROOT / "docs" / PAGES[here]
        return os.path.relpath(target, page.parent) + hash_sign + anchor

    return CODE_OR_LINK.sub(rewritten, text)


def _of_a_page(app: Sphinx, docname: str, content: list[str]) -> None:
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".md":
        content[0] = site_links(content[0], path, path)


def _of_an_included_file(app: Sphinx, relative_path: Path, _parent: str, content: list[str]) -> None:
    path = Path(os.path.normpath(app.srcdir / relative_path))
    if path.suffix == ".md":
        content[0] = site_links(content[0], path, Path(app.env.doc2path(app.env.docname)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to pages and included files as they are read."""
    app.connect("source-read", _of_a_page)
    app.connect("include-read", _of_an_included_file)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
