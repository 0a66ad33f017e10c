"""The documentation site: `make docs` builds it into out/docs. Building and reading it need no network."""

import os
import sys
from pathlib import Path

from jupyter_client import KernelManager
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

import misground  # noqa: E402  # the sources beside this file, whatever is installed

project = "MIS-Ground"
author = "The MIS-Ground contributors"
copyright = "The MIS-Ground contributors. Apache-2.0"
release = version = misground.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "parquet_schemas",
    "repository_links",
]
exclude_patterns = ["_ext", "_static", "**/.ipynb_checkpoints"]

# A link to a page, heading or name of ours that does not exist fails the build. Names of other libraries are
# left alone, because their inventories would have to be fetched.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!misground|semsam).*"),
    # Types that public signatures name, but that are not public themselves.
    ("py:class", r"semsam\.(rule\.Neighbors|tokens\.Tokenizer|token_kinds\.Reason)"),
]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
linkcheck_ignore = [r"http://127\.0\.0\.1.*"]
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]

# The tutorial is stored without outputs. Each build runs it once, with the commands of this environment and
# the sources beside this file.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ["PYTHONPATH"] = str(HERE.parent / "src")
# The kernel prints a warning if it is not encrypted.
KernelManager.transport_encryption.default_value = "auto"
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

smartquotes = False
default_role = "literal"
highlight_language = "none"
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 90
python_use_unqualified_type_names = True

html_theme = "pydata_sphinx_theme"
html_title = "MIS-Ground"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "MIS-Ground"},
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": [], "getting-started": [], "tutorial": []}


def examples_as_code(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Show what a help text keeps as it is (after a \\b) as code; sphinx-click makes it lines of prose."""
    shown: list[str] = []
    for line in lines:
        kept = line.startswith("| ")
        if kept and not (shown and shown[-1].startswith("   ")):
            shown += ["::", ""]
        shown.append(f"   {line[2:]}" if kept else line)
    lines[:] = shown


def setup(app: Sphinx) -> None:
    """Add what no option can say."""
    app.add_lexer("csv", TextLexer)  # Pygments has none
    app.connect("sphinx-click-process-description", examples_as_code)
    app.connect("sphinx-click-process-epilog", examples_as_code)
