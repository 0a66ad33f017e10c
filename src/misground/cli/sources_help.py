"""What the help of a command that takes a SOURCE says about it."""

from misground.sources import SOURCE_KINDS

SOURCES_HELP = (
    "\b\nSOURCE is one of\n"
    + "\n".join(f"  {form}" for form in SOURCE_KINDS.values())
    + "\nEach form also takes prefix=TEXT, which goes before every case id."
    + "\nQuote a SOURCE that contains ? or &."
)
