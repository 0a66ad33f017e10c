"""The report as a self-contained HTML page, with pictures, data and scripts inside."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Final

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from misground.analysis.figures import vega_lite
from misground.report.document import Document

_PAGE: Final = "misground.report"


def html(document: Document, figures: Path) -> str:
    """The report as HTML.

    All text from runs (names, records, reasons) is escaped; the only scripts are this package's and Vega's.

    Args:
        document: the report.
        figures: a folder that holds NAME.svg for each figure.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(_read("report.html.j2"))
    # Compiled here, since in the reader's browser the compiler's warnings would go to the console.
    specs = {one.name: vl_convert.vegalite_to_vega(vega_lite(one)) for one in document.all_figures}
    return template.render(
        document=document,
        names=[name for name, _ in document.records],
        css=Markup(_read("report.css")),
        script=Markup(_read("report.js")),
        bundle=Markup(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;") if specs else ""),
        licence=_read("vega-licence.txt") if specs else "",
        vega=vl_convert.get_vega_version(),
        specs=Markup(_in_script(json.dumps(specs))),
        svg={name: Markup((figures / f"{name}.svg").read_text(encoding="utf-8")) for name in specs},
    )


def _in_script(text: str) -> str:
    """JSON that contains nothing an HTML parser could take for a tag, so it cannot end the script."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _read(name: str) -> str:
    return files(_PAGE).joinpath("page", name).read_text(encoding="utf-8")
