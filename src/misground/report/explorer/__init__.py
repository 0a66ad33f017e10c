"""The explorer: every question of a benchmark with its pictures, its evidence and the models' replies.

The same front end and file layout are served locally or exported to a folder that opens from disk.
"""

from misground.report.explorer.export import Exported, export_static
from misground.report.explorer.serving import serve

__all__ = ["Exported", "export_static", "serve"]
