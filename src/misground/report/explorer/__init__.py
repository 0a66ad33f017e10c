"""The explorer: every question of a benchmark with its pictures, evidence, and what models answered.

One front end and one layout of files, served on this machine or written to a folder that opens from disk.
"""

from misground.report.explorer.export import Exported, export_static
from misground.report.explorer.serving import serve

__all__ = ["Exported", "export_static", "serve"]
